import { plural } from './format/plural.ts';
import type { Signature } from './registry.ts';

type Column = Signature['inputs'][number];

/** Types whose values a later type takes as they are. */
const widening = ['integer', 'long', 'float', 'double'];

/** Names are listed up to so many. */
const mostNames = 6;

/**
 * What of a new signature today's callers would meet, in words; empty where they would not notice. Inputs that are gone are named although a
 * caller that still sends them is answered: what it sends has no effect any more.
 * @param before of the live version
 */
export function breakingChanges(before: Signature, after: Signature, liveVersion: number): string[] {
  const [old, coming] = [byKey(before.inputs), byKey(after.inputs)];
  const gone = [...old.keys()].filter((key) => !coming.has(key));
  const missing = [...coming].flatMap(([key, column]) => (column.required && !old.has(key) ? [key] : []));
  const demanded = [...coming].flatMap(([key, column]) => (column.required && old.get(key)?.required === false ? [key] : []));
  const changed = [...coming].flatMap(([key, column]) => describeChange(key, old.get(key), column));
  const answers = typesOf(after.outputs) === typesOf(before.outputs) || before.outputs.length === 0 || after.outputs.length === 0 ? [] : [`answers are ${typesOf(after.outputs)} instead of ${typesOf(before.outputs)}`];
  return [
    ...(gone.length === 0 ? [] : [`${plural(gone.length, 'input')} of version ${liveVersion} ${gone.length === 1 ? 'is' : 'are'} gone (${listed(gone)})`]),
    ...(missing.length === 0 ? [] : [`${plural(missing.length, 'input')} ${missing.length === 1 ? 'is' : 'are'} new and required (${listed(missing)})`]),
    ...(demanded.length === 0 ? [] : [`${plural(demanded.length, 'input')} that could be left out ${demanded.length === 1 ? 'is' : 'are'} required (${listed(demanded)})`]),
    ...(changed.length === 0 ? [] : [`${plural(changed.length, 'input')} ${changed.length === 1 ? 'has' : 'have'} another type (${listed(changed)})`]),
    ...answers,
  ];
}

/** Columns by their names, and by their places where they have none. */
function byKey(columns: readonly Column[]): Map<string, Column> {
  return new Map(columns.map((column, index) => [column.name ?? `#${index + 1}`, column]));
}

function describeChange(key: string, before: Column | undefined, after: Column): string[] {
  if (before === undefined) {
    return [];
  }
  const [from, to] = [widening.indexOf(before.type), widening.indexOf(after.type)];
  const taken = before.type === after.type || (from >= 0 && to >= from);
  return taken && sameShape(before, after) ? [] : [`${key}: ${typeOf(before)} to ${typeOf(after)}`];
}

/** Whether an array of one fits the other: the first length is the number of rows. */
function sameShape({ shape: before = [] }: Column, { shape: after = [] }: Column): boolean {
  return before.length === after.length && before.slice(1).every((size, index) => after[index + 1] === -1 || size === after[index + 1]);
}

/** MLflow's column types of what numpy calls otherwise. */
const columnTypes: Readonly<Record<string, string>> = { bool: 'boolean', int8: 'integer', int16: 'integer', int32: 'integer', int64: 'long', float32: 'float', float64: 'double', object: 'string', str: 'string' };

/** One value a row without a name is answered alike, whether a model's signature calls it an array (as autolog's do) or a column. */
function asAnswered(column: Column): Column {
  const type = columnTypes[column.type];
  return column.name === undefined && column.shape?.length === 1 && type !== undefined ? { type, required: column.required } : column;
}

function typeOf({ type, shape }: Column): string {
  return shape === undefined ? type : `${type} [${shape.join(', ')}]`;
}

/** Of answers. */
function typesOf(columns: readonly Column[]): string {
  return columns.map((column) => typeOf(asAnswered(column))).join(', ');
}

function listed(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return [...names.slice(0, mostNames), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}
