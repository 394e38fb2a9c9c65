import { parseFilter, type Clause, type Operator, type Subject, type Value } from '../../server/contract/filter/grammar.ts';
import { FilterSyntaxError } from '../../server/contract/filter/tokens.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { RunTable } from './runTable.ts';

export type RunTest = (run: Run) => boolean;

/** Where the values of runs are read; gathering all of a run's would take longer than to test one. */
export interface RunValues {
  readonly param: (key: string) => (run: Run) => string | undefined;
  readonly metric: (key: string) => (run: Run) => number | undefined;
}

/** Values in the columns of a table. */
export function valuesOf({ params, metrics, rowOf }: RunTable): RunValues {
  return {
    param(key) {
      const column = params.get(key);
      return (run) => column?.values[column.places[rowOf(run.runId) ?? -1] ?? -1];
    },
    metric(key) {
      const column = metrics.get(key);
      return (run) => {
        const row = rowOf(run.runId) ?? -1;
        const value = column?.values[row];
        return value === undefined || (Number.isNaN(value) && column?.nan.has(row) !== true) ? undefined : value;
      };
    },
  };
}

export type ReadFilter = { readonly ok: true; readonly test: RunTest } | { readonly ok: false; readonly message: string };

/**
 * Reads a filter in MLflow's grammar, with OR and parentheses, over runs that are here already. As with MLflow, a run without the
 * key does not match, whatever the operator, unless it is `IS NULL`.
 */
export function readFilter(text: string, values: RunValues): ReadFilter {
  try {
    const clause = parseFilter(text);
    return { ok: true, test: clause === undefined ? () => true : testOf(clause, values) };
  } catch (error) {
    if (error instanceof FilterSyntaxError) {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}

function testOf(clause: Clause, values: RunValues): RunTest {
  if (clause.kind === 'comparison') {
    return comparisonOf(clause.subject, clause.operator, clause.value, values);
  }
  const tests = clause.clauses.map((one) => testOf(one, values));
  return clause.kind === 'and' ? (run) => tests.every((test) => test(run)) : (run) => tests.some((test) => test(run));
}

type Entity = 'metrics' | 'params' | 'tags' | 'attributes';

const entities: Readonly<Partial<Record<string, Entity>>> = {
  metric: 'metrics',
  metrics: 'metrics',
  parameter: 'params',
  parameters: 'params',
  param: 'params',
  params: 'params',
  tag: 'tags',
  tags: 'tags',
  attribute: 'attributes',
  attributes: 'attributes',
  attr: 'attributes',
  run: 'attributes',
};

const times: ReadonlySet<string> = new Set(['start_time', 'created', 'end_time']);

const attributes: Readonly<Partial<Record<string, (run: Run) => string | number | undefined>>> = {
  run_id: (run) => run.runId,
  run_name: (run) => run.name,
  'run name': (run) => run.name,
  user_id: (run) => run.user,
  status: (run) => run.status,
  start_time: (run) => run.startedAt,
  created: (run) => run.startedAt,
  end_time: (run) => run.endedAt,
};

function entityOf({ entity }: Subject): Entity | undefined {
  return entity === undefined ? 'attributes' : entities[entity];
}

/** What a run has under a name; undefined where it has nothing. */
function reader(subject: Subject, values: RunValues): (run: Run) => string | number | undefined {
  const { entity, key } = subject;
  const known = entityOf(subject);
  if (known === undefined) {
    throw new FilterSyntaxError(`There is no "${entity ?? ''}" to filter by: begin with metrics., params., tags. or attributes.`);
  }
  if (known === 'metrics') {
    return values.metric(key);
  }
  if (known === 'params') {
    return values.param(key);
  }
  if (known === 'attributes') {
    const read = attributes[key];
    if (read === undefined) {
      throw new FilterSyntaxError(`There is no attribute "${key}": there are run_id, run_name, user_id, status, start_time and end_time.`);
    }
    return read;
  }
  return (run) => run.tags[key];
}

function isNumeric(subject: Subject): boolean {
  const known = entityOf(subject);
  return known === 'metrics' || (known === 'attributes' && times.has(subject.key));
}

/** @throws FilterSyntaxError where a number is compared with something else, which no run could match */
function checkNumber(name: string, operator: Operator, value: Value): void {
  if (operator === 'LIKE' || operator === 'ILIKE') {
    throw new FilterSyntaxError(`${name} is a number, which ${operator} does not compare: use =, <, > or IN.`);
  }
  if (value.kind === 'text' || (value.kind === 'list' && value.items.some((item) => typeof item !== 'number'))) {
    throw new FilterSyntaxError(`${name} is a number: compare it with one, without quotes.`);
  }
}

function comparisonOf(subject: Subject, operator: Operator, value: Value, values: RunValues): RunTest {
  const read = reader(subject, values);
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
    return (run) => (read(run) === undefined) === (operator === 'IS NULL');
  }
  const name = subject.entity === undefined ? subject.key : `${subject.entity}.${subject.key}`;
  if (isNumeric(subject)) {
    checkNumber(name, operator, value);
  }
  if (operator === 'IN' || operator === 'NOT IN') {
    if (value.kind !== 'list') {
      throw new FilterSyntaxError(`${name} ${operator} needs a list in parentheses, such as ('a', 'b').`);
    }
    const items = new Set(value.items.map(String));
    return (run) => {
      const found = read(run);
      return found !== undefined && items.has(String(found)) === (operator === 'IN');
    };
  }
  if (value.kind === 'none' || value.kind === 'list') {
    throw new FilterSyntaxError(`Compare ${name} with a number or with a text in quotes, not with ${value.text}.`);
  }
  if (operator === 'LIKE' || operator === 'ILIKE') {
    const pattern = patternOf(value.text, operator === 'ILIKE');
    return (run) => {
      const found = read(run);
      return found !== undefined && pattern.test(String(found));
    };
  }
  return (run) => {
    const found = read(run);
    if (found === undefined) {
      return false;
    }
    // Params are texts: they are compared as numbers where both sides are numbers and the value is written as one.
    if (typeof found === 'number') {
      return value.kind === 'number' && holds(operator, found, value.number);
    }
    return value.kind === 'number' && found.trim() !== '' && !Number.isNaN(Number(found)) ? holds(operator, Number(found), value.number) : holds(operator, found, value.text);
  };
}

function holds<T extends string | number>(operator: Operator, left: T, right: T): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}

/** SQL's pattern: `%` stands for any text, `_` for one character. */
function patternOf(like: string, ignoreCase: boolean): RegExp {
  const source = like.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'isu' : 'su');
}

/** One way to go on with what is typed. */
export interface Completion {
  /** The whole text after it was taken. */
  readonly text: string;
  readonly label: string;
  readonly note: string;
}

const mostCompletions = 12;

/**
 * How the name before the cursor may go on: names of metrics, params, tags and attributes, matched anywhere in them; nothing inside
 * a text in quotes.
 */
export function completionsOf(text: string, names: readonly string[]): readonly Completion[] {
  if ((text.match(/'/g)?.length ?? 0) % 2 === 1) {
    return [];
  }
  const word = /[^\s()=<>!,'"]*$/.exec(text)?.[0] ?? '';
  const before = text.slice(0, text.length - word.length);
  const trimmed = before.trimEnd();
  const expectsName = trimmed === '' || /(?:\(|\b(?:and|or))$/i.test(trimmed);
  const afterName = !expectsName && !/[=<>!,]$|\b(?:like|ilike|in|is|not)$/i.test(trimmed);
  if (afterName && /(?:'|\)|\d|null)$/i.test(trimmed)) {
    return ['AND', 'OR'].filter((item) => item.startsWith(word.toUpperCase())).map((item) => ({ text: `${before}${item} `, label: item, note: '' }));
  }
  if (!expectsName) {
    return [];
  }
  const lower = word.toLowerCase().replaceAll('`', '');
  const found = names.filter((name) => name.toLowerCase().includes(lower));
  const starts = (name: string): number => (name.toLowerCase().startsWith(lower) ? 0 : 1);
  return found
    .map((name, index) => ({ name, index }))
    .sort((a, b) => starts(a.name) - starts(b.name) || a.index - b.index)
    .slice(0, mostCompletions)
    .map(({ name }) => ({ text: `${before}${quoted(name)} `, label: name, note: name.slice(0, name.indexOf('.')).replace(/s$/, '') }));
}

/** A key with characters that the grammar does not take bare is put between backticks. */
function quoted(name: string): string {
  const dot = name.indexOf('.');
  const key = name.slice(dot + 1);
  return /^[\p{L}\p{N}_/$-]+(?:\.[\p{L}\p{N}_/$-]+)*$/u.test(key) ? name : `${name.slice(0, dot)}.\`${key}\``;
}

/** What a filter over these runs can name. */
export function namesOf(fields: readonly { readonly kind: 'run' | 'param' | 'metric'; readonly key: string; readonly linked: boolean }[], runs: readonly Run[]): readonly string[] {
  const tags = new Set(runs.slice(0, 200).flatMap((run) => Object.keys(run.tags)));
  const own = fields.filter(({ linked }) => !linked);
  return [
    ...own.filter(({ kind }) => kind === 'metric').map(({ key }) => `metrics.${key}`),
    ...own.filter(({ kind }) => kind === 'param').map(({ key }) => `params.${key}`),
    ...[...tags].sort().map((key) => `tags.${key}`),
    ...['run_name', 'status', 'user_id', 'start_time', 'end_time', 'run_id'].map((key) => `attributes.${key}`),
  ];
}
