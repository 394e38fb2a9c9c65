import type { CategoricalColumn } from '../columns/categoricalColumn.ts';
import type { Column } from '../columns/column.ts';
import { sameGrid, type NumericColumn } from '../columns/numericColumn.ts';

/** Counts of two columns in the same bins. */
export interface SharedBins {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/**
 * A number that compares bins is mostly noise below so many values a bin: at 25 the Population Stability Index of two samples of one
 * distribution is about 0.04.
 */
const leastPerBin = 25;
const least = 100;

/**
 * The values of both columns in common bins: the baseline's own and the two outside of them for numbers, the categories of both for
 * categories. Missing and invalid values are in none.
 * @returns why the two cannot be compared where they have no common bins, or too few values for them
 */
export function shareBins(baseline: Column, window: Column): SharedBins | { readonly reason: string } {
  const bins = commonBins(baseline, window);
  if ('reason' in bins) {
    return bins;
  }
  const needed = Math.max(least, leastPerBin * bins.baseline.length);
  for (const [whose, counts] of [['baseline of ', bins.baseline], ['', bins.window]] as const) {
    const rows = sum(counts);
    if (rows < needed) {
      return { reason: `${whose}${rows} rows; ${needed} are needed` };
    }
  }
  return bins;
}

function commonBins(baseline: Column, window: Column): SharedBins | { readonly reason: string } {
  if (baseline.kind === 'numeric' && window.kind === 'numeric') {
    return numericBins(baseline, window);
  }
  if (baseline.kind === 'categorical' && window.kind === 'categorical') {
    return categoricalBins(baseline, window);
  }
  return { reason: 'the baseline has values of another kind' };
}

function numericBins(baseline: NumericColumn, window: NumericColumn): SharedBins | { readonly reason: string } {
  const [before, now] = [baseline.histogram, window.histogram];
  if (before === null || now === null || !sameGrid(before.grid, now.grid) || sum(now.counts) + now.below + now.above !== window.count) {
    return { reason: 'its values were counted in other bins than those of the baseline' };
  }
  const outside = [{ baseline: before.below, window: now.below }, { baseline: before.above, window: now.above }].filter(({ baseline: b, window: w }) => b + w > 0);
  const inside = before.counts.map((count, index) => ({ baseline: count, window: now.counts[index] ?? 0 })).filter(({ baseline: b, window: w }) => b + w > 0);
  return parted([...inside, ...outside]);
}

function categoricalBins(baseline: CategoricalColumn, window: CategoricalColumn): SharedBins | { readonly reason: string } {
  if (baseline.other + window.other > 0) {
    return { reason: 'it has more distinct values than are counted one by one' };
  }
  const values = new Set([...baseline.values.keys(), ...window.values.keys()]);
  return parted([...values].map((value) => ({ baseline: baseline.values.get(value) ?? 0, window: window.values.get(value) ?? 0 })));
}

function parted(bins: readonly { readonly baseline: number; readonly window: number }[]): SharedBins {
  return { baseline: bins.map(({ baseline }) => baseline), window: bins.map(({ window }) => window) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

/** Counts as shares of their sum. */
export function sharesOf(counts: readonly number[]): number[] {
  const all = sum(counts);
  return counts.map((count) => count / all);
}
