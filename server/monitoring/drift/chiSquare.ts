import { countsOf, sum } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { chiSquareTail } from './statistics/gamma.ts';

const threshold = 0.05;

/**
 * The p of Pearson's chi-square test that both sides are of one distribution (two samples, a contingency table of two rows;
 * `scipy.stats.chi2_contingency` without correction): both sides' chance counts, and a category that the baseline lacks is not drift by itself.
 */
export const chiSquare: DriftMethod = {
  id: 'chi-square',
  label: 'Chi-square p',
  kinds: ['categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return { kind: 'not-evaluated', reason: counts.reason };
    }
    const { statistic, degrees } = twoSampleChiSquare(counts.baseline, counts.window);
    if (degrees === 0) {
      return { kind: 'not-evaluated', reason: 'both sides have one value, and the same' };
    }
    const p = chiSquareTail(statistic, degrees);
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p < threshold };
  },
};

/** Pearson's statistic of two rows of counts, whose columns have at least one count each. */
export function twoSampleChiSquare(one: readonly number[], other: readonly number[]): { readonly statistic: number; readonly degrees: number } {
  const [sizeOfOne, sizeOfOther] = [sum(one), sum(other)];
  let statistic = 0;
  for (const [index, count] of one.entries()) {
    const [a, b] = [count, other[index] ?? 0];
    const difference = a * sizeOfOther - b * sizeOfOne;
    statistic += (difference * difference) / ((a + b) * sizeOfOne * sizeOfOther);
  }
  return { statistic, degrees: one.length - 1 };
}
