import { pythonText } from '../../../platform/names.ts';
import type { Clause, Operator, Subject, Value } from './grammar.ts';
import { invalidFilter } from './tokens.ts';

export type Parameter = string | number | null;

/** A piece of SQL with its parameters, in the order of its question marks. */
export interface Sql {
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

/**
 * What the names in a filter stand for. A map, since the names come from elsewhere: `constructor` is a key of every object.
 */
export type Names<Meaning = string> = ReadonlyMap<string, Meaning>;

export function names<Meaning>(meanings: Readonly<Record<string, Meaning>>): Names<Meaning> {
  return new Map(Object.entries(meanings));
}

export type CompileComparison = (subject: Subject, operator: Operator, value: Value) => Sql;

/** Translates a filter to a condition; what a comparison means is the caller's. */
export function compileClause(clause: Clause, comparison: CompileComparison): Sql {
  if (clause.kind === 'comparison') {
    return comparison(clause.subject, clause.operator, clause.value);
  }
  const parts = clause.clauses.map((inner) => compileClause(inner, comparison));
  return {
    text: timed(clause.clauses.length > fewComparisons, balanced(parts.map(({ text }) => text), clause.kind === 'and' ? ' AND ' : ' OR ')),
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

/** Conditions joined in pairs of pairs: SQLite reads `a OR b OR c` as a tree as deep as it is long, and takes no more than 1,000 levels. */
function balanced(texts: readonly string[], word: string): string {
  const middle = texts.length >> 1;
  return texts.length === 1 ? (texts[0] ?? '') : `(${balanced(texts.slice(0, middle), word)}${word}${balanced(texts.slice(middle), word)})`;
}

/** What is quick for each row needs no watch, which costs as much as a comparison. */
const fewComparisons = 20;
const fewWildcards = 2;

function timed(long: boolean, condition: string): string {
  return long ? `(in_time() AND ${condition})` : condition;
}

/** A pattern with many wildcards is tried at every place of the text for each of them. */
function compareLike(column: string, operator: 'GLOB' | 'LIKE', pattern: string, like: string): Sql {
  return { text: timed(like.split('%').length - 1 > fewWildcards, `${column} ${operator} ?`), parameters: [pattern] };
}

/** LIKE is sensitive to case, as in MLflow; SQLite's own is not, its GLOB is. */
function likeAsGlob(pattern: string): string {
  return pattern.replace(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?');
}

export const textOperators: ReadonlySet<Operator> = new Set<Operator>(['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']);
export const numberOperators: ReadonlySet<Operator> = new Set<Operator>(['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN']);
/** What a key that may be absent can be compared with. */
export const entryOperators: ReadonlySet<Operator> = new Set<Operator>([...textOperators, 'IS NULL', 'IS NOT NULL']);

function checkOperator(operator: Operator, allowed: ReadonlySet<Operator>): void {
  if (!allowed.has(operator)) {
    throw invalidFilter(`Invalid comparator '${operator}' not one of '${[...allowed].join(', ')}'`);
  }
}

/** @throws Problem in the words that MLflow has for searches of experiments and of the registry. @param what what is compared, as errors call it */
export function checkComparator(operator: Operator, allowed: ReadonlySet<Operator>, what: string): void {
  if (!allowed.has(operator)) {
    throw invalidFilter(`Invalid comparator for ${what}: ${operator}`);
  }
}

function pythonTuple(items: readonly (string | number)[]): string {
  const shown = items.map((item) => (typeof item === 'string' ? pythonText(item) : String(item)));
  return `(${shown.join(', ')}${shown.length === 1 ? ',' : ''})`;
}

/** A value as a filter writes it. */
function quoted(value: Value): string {
  return value.kind === 'text' ? `'${value.text}'` : value.text;
}

/** `column OPERATOR value` for text. @param what what is compared, as errors call it */
export function compareText(column: string, operator: Operator, value: Value, what: string): Sql {
  checkOperator(operator, textOperators);
  if (operator === 'IN' || operator === 'NOT IN') {
    if (value.kind !== 'list') {
      throw invalidFilter(`Expected a list of quoted string values for ${what}. Got value ${quoted(value)}`);
    }
    if (value.items.some((item) => typeof item !== 'string')) {
      throw invalidFilter(`While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${pythonTuple(value.items)}`);
    }
    return { text: `${column} ${operator} (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(value.items)] };
  }
  if (value.kind === 'none') {
    throw invalidFilter(`Parameter value is either not quoted or unidentified quote types used for string value ${value.text}. Use either single or double quotes.`);
  }
  if (value.kind !== 'text') {
    throw invalidFilter(`Expected a quoted string value for ${what}. Got value ${value.text}`);
  }
  switch (operator) {
    case 'LIKE':
      return compareLike(column, 'GLOB', likeAsGlob(value.text), value.text);
    case 'ILIKE':
      return compareLike(column, 'LIKE', value.text, value.text);
    default:
      return { text: `${column} ${operator} ?`, parameters: [value.text] };
  }
}

/** `column OPERATOR value` for numbers. */
export function compareNumber(column: string, operator: Operator, value: Value, what: string): Sql {
  checkOperator(operator, numberOperators);
  if (operator === 'IN' || operator === 'NOT IN') {
    if (value.kind !== 'list' || value.items.some((item) => typeof item !== 'number')) {
      throw invalidFilter(`Expected a list of numbers for ${what}. Found ${quoted(value)}`);
    }
    return { text: `${column} ${operator} (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(value.items)] };
  }
  if (value.kind !== 'number') {
    throw invalidFilter(`Expected numeric value type for ${what}. Found ${quoted(value)}`);
  }
  return { text: `${column} ${operator} ?`, parameters: [value.number] };
}

/** `column OPERATOR value` for whole numbers. @param key what is compared, as errors call it */
export function compareInteger(column: string, operator: Operator, value: Value, key: string): Sql {
  if (value.kind === 'number' && !/^[+-]?\d+$/.test(value.text)) {
    throw invalidFilter(`Invalid value for numeric attribute '${key}': '${value.text}'`);
  }
  return compareNumber(column, operator, value, `numeric attribute: ${key}`);
}

/**
 * A comparison with a row of a key-value table: what lacks the key does not match, except for IS NULL.
 * @param exists SQL of the row's existence with one question mark for the key, such as `EXISTS (SELECT 1 FROM run_tags WHERE run = runs.id AND key = ?`
 */
export function compareEntry(exists: string, key: string, operator: Operator, value: Value, what: string): Sql {
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
    return { text: `${operator === 'IS NULL' ? 'NOT ' : ''}${exists})`, parameters: [key] };
  }
  checkOperator(operator, entryOperators);
  const comparison = compareText('value', operator, value, `${what} (e.g. 'my-value')`);
  return { text: `${exists} AND ${comparison.text})`, parameters: [key, ...comparison.parameters] };
}

/** Attributes of experiments and of the registry are always there. @throws Problem that says of what the comparators are */
export function refuseNullOfAttribute(operator: Operator, key: string): void {
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
    throw invalidFilter(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${key}'`);
  }
}

/** Words that begin what a filter names; a name without one is an attribute. */
const entities = { registry: ['attribute', 'tag', 'tags'], experiments: ['attribute', 'attributes', 'tag', 'tags'] } as const;

/** What a subject names in searches of experiments and of the registry. @throws Problem for anything else, in MLflow's words */
export function attributeOrTag({ entity = 'attribute' }: Subject, searched: keyof typeof entities): 'attribute' | 'tag' {
  const known = entities[searched].find((each) => each === entity);
  if (known === undefined) {
    throw invalidFilter(`Invalid entity type '${entity}'. Valid entity types are (${entities[searched].map((each) => `'${each}'`).join(', ')})`);
  }
  return known === 'tag' || known === 'tags' ? 'tag' : 'attribute';
}
