import type { Column } from '../columns/column.ts';
import type { CategoricalColumn } from '../columns/categoricalColumn.ts';
import type { NumericColumn } from '../columns/numericColumn.ts';
import { drawnValues } from '../columns/sample.ts';
import { twoSampleChiSquare } from '../drift/chiSquare.ts';
import { countsOf, numbersOf } from '../drift/compared.ts';
import { chiSquareTail } from '../drift/statistics/gamma.ts';
import { kolmogorovDistance, kolmogorovTail } from '../drift/statistics/kolmogorov.ts';
import { effectiveSize, spreadOfRuns } from './calibration.ts';

/** How likely a window's distance from the baseline is where nothing has moved, or why that cannot be said. */
export type ColumnJudgement =
  | {
      readonly kind: 'judged';
      readonly p: number;
      /** The Kolmogorov-Smirnov distance of numbers, the total variation distance of categories: 0 for none, 1 for nothing in common. */
      readonly distance: number;
      /** Live values that it was computed from. */
      readonly values: number;
    }
  | { readonly kind: 'not-judged'; readonly reason: string };

/** Values of the baseline, and of a window, below which nothing is said. */
const leastBaseline = 100;
const leastWindow = 50;
/** Expected counts below which categories are taken together, as Pearson's approximation wants (W. Cochran, 1954, https://doi.org/10.2307/3001616). */
const leastExpected = 5;

/**
 * Numbers by the Kolmogorov-Smirnov distance, with the spread of the baseline's own runs taken into account (`calibration.ts`); categories by the chi-square
 * test of two samples. Of the baseline's and the window's values alone: the same for the same values.
 * @param bound what p is compared with; above it the calibration, which can only raise p, is spared
 * @param least values that the window has to have
 */
export function judgeColumn(baseline: Column, window: Column, seed: number, bound: number, least = leastWindow): ColumnJudgement {
  for (const [whose, { count }, needed] of [['baseline of ', baseline, leastBaseline], ['', window, least]] as const) {
    if (count < needed) {
      return { kind: 'not-judged', reason: `${whose}${count} values; ${needed} are needed` };
    }
  }
  return baseline.kind === 'numeric' && window.kind === 'numeric' ? judgeNumbers(baseline, window, seed, bound, least) : judgeCategories(baseline, window);
}

function judgeNumbers(baseline: NumericColumn, window: NumericColumn, seed: number, bound: number, least: number): ColumnJudgement {
  const numbers = numbersOf(baseline, window);
  if ('reason' in numbers) {
    return { kind: 'not-judged', reason: numbers.reason };
  }
  const values = numbers.window.length;
  if (values < least) {
    return { kind: 'not-judged', reason: `${values} values were kept of the span; ${least} are needed` };
  }
  const { distance } = kolmogorovDistance(numbers.baseline, numbers.window);
  const size = effectiveSize(numbers.baseline.length, values);
  const independent = kolmogorovTail(Math.sqrt(size) * distance);
  const p = independent > bound ? independent : kolmogorovTail(Math.sqrt(size / (1 + size * spreadOf(baseline, window.sample.of, seed))) * distance);
  return { kind: 'judged', p, distance, values };
}

/** By baseline and length of the window; lengths within a third share one. */
const spreads = new WeakMap<NumericColumn, Map<number, number>>();

function spreadOf(baseline: NumericColumn, rows: number, seed: number): number {
  const { size, of } = baseline.sample;
  const step = Math.round(2 * Math.log2((rows * size) / of));
  const known = spreads.get(baseline) ?? new Map<number, number>();
  spreads.set(baseline, known);
  const spread = known.get(step) ?? spreadOfRuns(drawnValues(baseline.sample), 2 ** (step / 2), seed);
  known.set(step, spread);
  return spread;
}

function judgeCategories(baseline: Column, window: Column): ColumnJudgement {
  const counts = countsOf(baseline, window);
  if ('reason' in counts) {
    return { kind: 'not-judged', reason: counts.reason };
  }
  const { one, other } = withoutRare(counts.baseline, counts.window, baseline.count, window.count);
  const distance = counts.baseline.reduce((sum, count, index) => sum + Math.abs(count / baseline.count - (counts.window[index] ?? 0) / window.count), 0) / 2;
  const { statistic, degrees } = twoSampleChiSquare(one, other);
  return { kind: 'judged', p: degrees === 0 ? 1 : chiSquareTail(statistic, degrees), distance, values: window.count };
}

/** Categories of which too few are expected on one side are counted as one, and with the smallest other one where they are too few together. */
function withoutRare(baseline: readonly number[], window: readonly number[], n: number, m: number): { readonly one: number[]; readonly other: number[] } {
  const smaller = Math.min(n, m) / (n + m);
  const [one, other]: [number[], number[]] = [[], []];
  const rare = { one: 0, other: 0 };
  for (const [index, count] of baseline.entries()) {
    const live = window[index] ?? 0;
    if ((count + live) * smaller < leastExpected) {
      rare.one += count;
      rare.other += live;
    } else {
      one.push(count);
      other.push(live);
    }
  }
  if (rare.one + rare.other === 0) {
    return { one, other };
  }
  const totals = one.map((count, index) => count + (other[index] ?? 0));
  const smallest = totals.indexOf(Math.min(...totals));
  if ((rare.one + rare.other) * smaller >= leastExpected || smallest < 0) {
    return { one: [...one, rare.one], other: [...other, rare.other] };
  }
  return { one: one.map((count, index) => count + (index === smallest ? rare.one : 0)), other: other.map((count, index) => count + (index === smallest ? rare.other : 0)) };
}

/** The category whose share differs most, with its shares on both sides. */
export function mostMoved(baseline: CategoricalColumn, window: CategoricalColumn): { readonly value: string; readonly before: number; readonly now: number } | undefined {
  const shares = [...new Set([...baseline.values.keys(), ...window.values.keys()])].map((value) => ({
    value,
    before: (baseline.values.get(value) ?? 0) / Math.max(1, baseline.count),
    now: (window.values.get(value) ?? 0) / Math.max(1, window.count),
  }));
  return shares.sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before))[0];
}
