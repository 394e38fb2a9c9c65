import type { Column } from '../columns/column.ts';
import type { NumericColumn } from '../columns/numericColumn.ts';
import { drawnValues } from '../columns/sample.ts';

/** The values of both sides that are there and fit, sorted: all, or the sample of them. */
export interface ComparedNumbers {
  readonly baseline: Float64Array;
  readonly window: Float64Array;
}

/** How often each distinct value of either side is on both. */
export interface ComparedCounts {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

export interface Incomparable {
  readonly reason: string;
}

const otherKind: Incomparable = { reason: 'the baseline has values of another kind' };

/** @returns why not, where one side is no numeric column or has no values */
export function numbersOf(baseline: Column, window: Column): ComparedNumbers | Incomparable {
  if (baseline.kind !== 'numeric' || window.kind !== 'numeric') {
    return otherKind;
  }
  for (const [whose, { sample, count }] of [['the baseline', baseline], ['the span', window]] as const) {
    if (sample.size === 0) {
      return { reason: count === 0 ? `${whose} has no values` : `${whose} has counts alone: its values were read before some of them were kept` };
    }
  }
  return { baseline: sortedBaseline(baseline), window: drawnValues(window.sample).slice().sort() };
}

/** A baseline is compared with again and again. */
const sortedBaselines = new WeakMap<Column, Float64Array>();

function sortedBaseline(baseline: NumericColumn): Float64Array {
  const known = sortedBaselines.get(baseline);
  if (known?.length === baseline.sample.size) {
    return known;
  }
  const sorted = drawnValues(baseline.sample).slice().sort();
  sortedBaselines.set(baseline, sorted);
  return sorted;
}

/** Categories as they are counted, and numbers by their values. */
export function countsOf(baseline: Column, window: Column): ComparedCounts | Incomparable {
  if (baseline.kind !== window.kind) {
    return otherKind;
  }
  if (baseline.kind === 'categorical' && window.kind === 'categorical') {
    if (baseline.other + window.other > 0) {
      return { reason: 'it has more distinct values than are counted one by one' };
    }
    if (baseline.count === 0 || window.count === 0) {
      return { reason: `${baseline.count === 0 ? 'the baseline' : 'the span'} has no values` };
    }
    return parted(baseline.values, window.values);
  }
  const numbers = numbersOf(baseline, window);
  return 'reason' in numbers ? numbers : parted(tally(numbers.baseline), tally(numbers.window));
}

function tally(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function parted<Value>(baseline: ReadonlyMap<Value, number>, window: ReadonlyMap<Value, number>): ComparedCounts {
  const values = [...new Set([...baseline.keys(), ...window.keys()])];
  return { baseline: values.map((value) => baseline.get(value) ?? 0), window: values.map((value) => window.get(value) ?? 0) };
}

/** The sum of counts. */
export function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

/** Distinct values of sorted ones. */
export function distinct(sorted: Float64Array): number {
  return sorted.reduce((count, value, index) => (index === 0 || value !== sorted[index - 1] ? count + 1 : count), 0);
}

/** What a method that reads single values says where both columns hold some of theirs only. */
export function sampledNote(baseline: Column, window: Column): { readonly note?: string } {
  const parts = ([['of the baseline', baseline], ['of the span', window]] as const).flatMap(([whose, column]) =>
    column.kind === 'numeric' && column.sample.size < column.count ? [`${column.sample.size} of ${column.count} ${whose}`] : [],
  );
  return parts.length === 0 ? {} : { note: `Of values drawn evenly: ${parts.join(', ')}.` };
}
