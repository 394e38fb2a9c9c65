import type { Column } from './column.ts';

/** Takes a value out of what a column keeps value by value, where it stands there. Counts, moments and histograms stay. @returns whether it did */
export function forgetValue(column: Column, value: string): boolean {
  if (column.kind === 'categorical') {
    const count = column.values.get(value);
    if (count === undefined) {
      return false;
    }
    column.values.delete(value);
    column.other += count;
    return true;
  }
  const { sample } = column;
  const kept = sample.values.map((each, index) => [each, sample.ranks[index] ?? 0] as const).filter(([each]) => String(each) !== value);
  if (kept.length === sample.values.length) {
    return false;
  }
  sample.values = kept.map(([each]) => each);
  sample.ranks = kept.map(([, rank]) => rank);
  return true;
}
