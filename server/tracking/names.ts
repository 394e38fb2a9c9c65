import path from 'node:path';
import { Problem } from '../errors.ts';

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

const seeDocs = ' See the API docs for more information about request parameters.';

/** The refusal of an absent parameter, in the words that MLflow's clients and tests know. */
export function missingValue(parameter: string): Problem {
  return new Problem('invalid-input', `Missing value for required parameter '${parameter}'.${seeDocs}`, { field: parameter });
}

/** JSON as Python writes it with compact separators: what is not ASCII is escaped. */
function asciiJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The refusal of a value that does not fit, in the words that MLflow's clients and tests know. */
export function invalidValue(parameter: string, value: unknown, reason?: string): Problem {
  const why = reason === undefined ? '.' : `: ${reason}`;
  return new Problem('invalid-input', `Invalid value ${asciiJson(value)} for parameter '${parameter}' supplied${why}${seeDocs}`, { field: parameter });
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
  const normalized = path.posix.normalize(key);
  if (normalized !== key || key === '.' || key.startsWith('..') || key.startsWith('/') || key.endsWith('/')) {
    throw invalidValue(
      parameter,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normalized}'.`,
    );
  }
  checkLength(key, limits.key, what);
}

export function checkLength(value: string, limit: number, what: string): void {
  if (value.length > limit) {
    throw new Problem('invalid-input', `'${what}' exceeds the maximum length of ${limit} characters`, { field: what });
  }
}

/** Long values of params and run tags are cut, as MLflow does. */
export function truncate(value: string, limit: number): string {
  return value.length <= limit ? value : value.slice(0, limit);
}

export function checkBatchLimit(what: string, limit: number, length: number): void {
  if (length > limit) {
    throw new Problem(
      'invalid-input',
      `A batch logging request can contain at most ${limit} ${what}. Got ${length} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  }
}
