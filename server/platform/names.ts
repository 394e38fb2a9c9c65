import path from 'node:path';
import { Problem } from './errors.ts';
import { asciiJson } from './pythonJson.ts';

/** Limits of MLflow 3 (mlflow/utils/validation.py). */
export const limits = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  registryTagValue: 100_000,
  metricsPerBatch: 1000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entitiesPerBatch: 1000,
} as const;

/** Where MLflow keeps the note of a run; its own UI shows it as the description. */
export const noteTag = 'mlflow.note.content';

/** How many of MLflow's refusals end. */
export const seeDocs = ' See the API docs for more information about request parameters.';

/** The refusal of an absent parameter, in the words that MLflow's clients and tests know. */
export function missingValue(parameter: string): Problem {
  return new Problem('invalid-input', `Missing value for required parameter '${parameter}'.${seeDocs}`, { field: parameter });
}

/** A number that has a fraction only in its spelling, such as 9.0: Python tells it from 9. */
export class FloatLiteral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The refusal of a value that does not fit, in the words that MLflow's clients and tests know. */
export function invalidValue(parameter: string, value: unknown, reason: string): Problem {
  const shown = value instanceof FloatLiteral ? value.text : asciiJson(value);
  return new Problem('invalid-input', `Invalid value ${shown} for parameter '${parameter}' supplied: ${reason}`, { field: parameter });
}

/** The refusal of a value of another type. @param type Python's name of the value's type */
export function invalidType(parameter: string, value: unknown, type: string): Problem {
  return invalidValue(parameter, value, ` Hint: Value was of type '${type}'.${seeDocs}`);
}

/** Text as Python shows it in messages: in single quotes, or in double ones where it has a single one itself. */
export function pythonText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

const validKey = /^[/\w.\- :\p{L}\p{N}]*$/u;
// Most keys need no more than one look.
const plainKey = /^\w[\w-]{0,249}$/;

/**
 * Checks the name of a metric, param or tag: it must be a normalized relative path, because clients write it as a file.
 * @param parameter the path of the input that is named in the error
 */
export function checkKey(key: string, parameter: string, what = 'key'): void {
  if (plainKey.test(key)) {
    return;
  }
  if (key === '') {
    throw missingValue(parameter);
  }
  if (!validKey.test(key)) {
    throw invalidValue(
      parameter,
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  }
  const normalized = path.posix.normalize(key).replace(/(?<=.)\/$/, '');
  if (normalized !== key || key === '.' || key.startsWith('..') || key.startsWith('/')) {
    throw invalidValue(
      parameter,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normalized}'`,
    );
  }
  checkLength(key, limits.key, what);
}

/** Whether text has more characters than a limit, counted as Python counts them: a letter beyond the first 65,536 is one. */
function isLonger(value: string, limit: number): boolean {
  return value.length > limit && [...value].length > limit;
}

export function checkLength(value: string, limit: number, what: string): void {
  if (isLonger(value, limit)) {
    throw new Problem('invalid-input', `'${what}' exceeds the maximum length of ${limit} characters`, { field: what });
  }
}

/** Long values of params and run tags are cut, as MLflow does. */
export function truncate(value: string, limit: number): string {
  return isLonger(value, limit) ? [...value].slice(0, limit).join('') : value;
}

export function checkBatchLimit(what: string, limit: number, length: number): void {
  if (length > limit) {
    throw new Problem(
      'invalid-input',
      `A batch logging request can contain at most ${limit} ${what}. Got ${length} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  }
}
