import type { Column } from './column.ts';
import { dropFromSample } from './sample.ts';

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
  return dropFromSample(sample, value);
}
