import { z } from 'zod';
import type { KnownSummary } from '../../contract/columnSummary.ts';
import { addToSample, emptySample, mergeSample, type Sample } from './sample.ts';

/** Equal-width bins from `low` to `high`. */
export const grid = z.object({ low: z.number(), high: z.number(), bins: z.number().int().positive() });
export type Grid = z.infer<typeof grid>;

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.low === b.low && a.high === b.high && a.bins === b.bins;
}

/** Statistics of a numeric column as they are stored; two of them merge by addition. */
export const storedNumeric = z.object({
  kind: z.literal('numeric'),
  /** Values that are there and are numbers. */
  count: z.number(),
  missing: z.number(),
  invalid: z.number(),
  mean: z.number(),
  /** Sum of squared deviations from the mean. */
  m2: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  histogram: z.object({ grid, counts: z.array(z.number()), below: z.number(), above: z.number() }).nullable(),
});
export type NumericColumn = z.infer<typeof storedNumeric> & { readonly sample: Sample };

export function emptyNumeric(bins: Grid | undefined, sampleLimit: number): NumericColumn {
  const histogram = bins === undefined ? null : { grid: bins, counts: new Array<number>(bins.bins).fill(0), below: 0, above: 0 };
  return { kind: 'numeric', count: 0, missing: 0, invalid: 0, mean: 0, m2: 0, min: null, max: null, histogram, sample: emptySample(sampleLimit) };
}

/** Adds a finite number of a row with a rank (Welford, https://doi.org/10.1080/00401706.1962.10490022). */
export function addNumber(column: NumericColumn, value: number, rank: number): void {
  addToSample(column.sample, rank, value);
  column.count += 1;
  const delta = value - column.mean;
  column.mean += delta / column.count;
  column.m2 += delta * (value - column.mean);
  column.min = column.min === null ? value : Math.min(column.min, value);
  column.max = column.max === null ? value : Math.max(column.max, value);
  if (column.histogram !== null) {
    addToBin(column.histogram, value, 1);
  }
}

/** Counts a value in its bin. */
export function addToBin(histogram: NonNullable<NumericColumn['histogram']>, value: number, times: number): void {
  const { grid: bins, counts } = histogram;
  if (value < bins.low) {
    histogram.below += times;
  } else if (value > bins.high) {
    histogram.above += times;
  } else {
    const index = Math.min(bins.bins - 1, Math.floor(((value - bins.low) / (bins.high - bins.low)) * bins.bins));
    counts[index] = (counts[index] ?? 0) + times;
  }
}

/** Adds another column's values (Chan et al., http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf). */
export function mergeNumeric(into: NumericColumn, other: NumericColumn): void {
  mergeSample(into.sample, other.sample);
  const count = into.count + other.count;
  if (other.count > 0) {
    const delta = other.mean - into.mean;
    into.m2 += other.m2 + (delta * delta * into.count * other.count) / count;
    into.mean += (delta * other.count) / count;
  }
  into.count = count;
  into.missing += other.missing;
  into.invalid += other.invalid;
  into.min = into.min === null ? other.min : other.min === null ? into.min : Math.min(into.min, other.min);
  into.max = into.max === null ? other.max : other.max === null ? into.max : Math.max(into.max, other.max);
  if (into.histogram === null) {
    into.histogram = into.count === other.count && other.histogram !== null ? structuredClone(other.histogram) : null;
  } else if (other.histogram !== null) {
    mergeHistogram(into.histogram, other.histogram);
  }
}

/** Bins of another grid are counted where their middle lies. */
function mergeHistogram(into: NonNullable<NumericColumn['histogram']>, other: NonNullable<NumericColumn['histogram']>): void {
  const { low, high, bins } = other.grid;
  const same = sameGrid(into.grid, other.grid);
  into.below += other.below;
  into.above += other.above;
  for (let index = 0; index < other.counts.length; index += 1) {
    const count = other.counts[index] ?? 0;
    if (same) {
      into.counts[index] = (into.counts[index] ?? 0) + count;
    } else if (count > 0) {
      addToBin(into, low + ((index + 0.5) * (high - low)) / bins, count);
    }
  }
}

export function summarizeNumeric(column: NumericColumn): Extract<KnownSummary, { kind: 'numeric' }> {
  const { kind, count, missing, invalid, min, max, histogram } = column;
  return {
    kind,
    count,
    missing,
    invalid,
    mean: count === 0 ? null : column.mean,
    std: count === 0 ? null : Math.sqrt(Math.max(0, column.m2) / count),
    min,
    max,
    histogram: histogram === null ? null : { edges: edgesOf(histogram.grid), counts: histogram.counts, below: histogram.below, above: histogram.above },
  };
}

function edgesOf({ low, high, bins }: Grid): number[] {
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? high : low + (index * (high - low)) / bins));
}

const usualBins = 20;

/** Bins for values between `min` and `max`: about 20 of equal width; whole numbers of a small range get a bin each. */
export function gridFor(min: number, max: number, whole: boolean): Grid {
  if (whole && max - min < usualBins) {
    return { low: min - 0.5, high: max + 0.5, bins: max - min + 1 };
  }
  return min === max ? { low: min - 0.5, high: max + 0.5, bins: 1 } : { low: min, high: max, bins: usualBins };
}
