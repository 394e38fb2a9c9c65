/** Measures columns that come on standard input as JSON with the drift methods, for a test that compares them: one list of answers a pair of columns. */
import { readFileSync } from 'node:fs';
import { addValue, emptyColumn, type Column, type ColumnKind } from '../../../server/monitoring/columns/column.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { evidentlyDefault } from '../../../server/monitoring/drift/evidentlyDefault.ts';
import { driftMethods } from '../../../server/monitoring/drift/methods.ts';

interface Pair {
  readonly kind: ColumnKind;
  readonly isWhole: boolean;
  /** Text `inf` and `-inf` stand for what JSON has not. */
  readonly baseline: readonly unknown[];
  readonly window: readonly unknown[];
}

function columnOf(kind: ColumnKind, values: readonly unknown[]): Column {
  const column = emptyColumn(kind, undefined, Math.max(1, values.length));
  values.forEach((value, row) => addValue(column, kind === 'numeric' && (value === 'inf' || value === '-inf') ? Number(value.replace('inf', 'Infinity')) : value, rankOf(0, row)));
  return column;
}

const pairs = JSON.parse(readFileSync(0, 'utf8')) as readonly Pair[];
const answers = pairs.map(({ kind, isWhole, baseline, window }) => {
  const [before, now] = [columnOf(kind, baseline), columnOf(kind, window)];
  return { usual: evidentlyDefault(before, now), results: Object.fromEntries(driftMethods.map(({ id, measure }) => [id, measure(before, now, isWhole)])) };
});
console.log(JSON.stringify(answers));
