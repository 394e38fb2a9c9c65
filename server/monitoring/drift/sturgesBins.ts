import type { Column } from '../columns/column.ts';
import { countsOf, distinct, numbersOf, sum, type Incomparable } from './compared.ts';

/** Shares of both sides in the same bins. */
export interface BinShares {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/**
 * Edges of equal width over values as numpy's `histogram_bin_edges(values, 'sturges')` sets them: ceil(log2(n) + 1) bins; of whole numbers
 * none is narrower than 1 (numpy 2, `lib/_histograms_impl.py`).
 * @param count n, how many values there are
 */
export function sturgesEdges(low: number, high: number, count: number, isWhole: boolean): number[] {
  const [first, last] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const width = (high - low) / (Math.log2(count) + 1);
  const bins = width === 0 ? 1 : Math.ceil((last - first) / (isWhole && width < 1 ? 1 : width));
  const step = (last - first) / bins;
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? last : index * step + first));
}

/** Counts of sorted values between edges: each bin has its lower edge, and the last one its upper edge too. */
export function countBetween(sorted: Float64Array, edges: readonly number[]): number[] {
  const below = (edge: number, isLast: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = sorted[middle] ?? 0;
      if (value < edge || (isLast && value === edge)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  const cumulated = edges.map((edge, index) => below(edge, index === edges.length - 1));
  return cumulated.slice(1).map((count, index) => count - (cumulated[index] ?? 0));
}

/** Baselines of fewer distinct numbers are compared number by number. */
const mostSingleNumbers = 20;

/**
 * The shares that Evidently 0.7.21 compares (`legacy/calculations/stattests/utils.py`, `get_binned_data`): bins of both sides' numbers by
 * Sturges' rule where the baseline has more than 20 distinct ones, else a bin for each value.
 */
export function sturgesShares(baseline: Column, window: Column, isWhole: boolean): BinShares | Incomparable {
  const numbers = baseline.kind === 'numeric' ? numbersOf(baseline, window) : undefined;
  if (numbers !== undefined && !('reason' in numbers) && distinct(numbers.baseline) > mostSingleNumbers) {
    const [before, now] = [numbers.baseline, numbers.window];
    const low = Math.min(before[0] ?? 0, now[0] ?? 0);
    const high = Math.max(before.at(-1) ?? 0, now.at(-1) ?? 0);
    const edges = sturgesEdges(low, high, before.length + now.length, isWhole);
    return { baseline: countBetween(before, edges).map((count) => count / before.length), window: countBetween(now, edges).map((count) => count / now.length) };
  }
  const counts = countsOf(baseline, window);
  if ('reason' in counts) {
    return counts;
  }
  const [before, now] = [sum(counts.baseline), sum(counts.window)];
  return { baseline: counts.baseline.map((count) => count / before), window: counts.window.map((count) => count / now) };
}

/** Stands in for a share of nothing: 0.0001, or a millionth of the smallest share where that is no larger. Of each side by itself. */
export function fillEmpty(shares: readonly number[]): number[] {
  const smallest = Math.min(...shares.filter((share) => share > 0));
  return shares.map((share) => (share > 0 ? share : smallest <= 1e-4 ? smallest / 1e6 : 1e-4));
}
