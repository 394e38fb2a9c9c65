import { countsOf, sum } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { chiSquareTail } from './statistics/gamma.ts';

const threshold = 0.05;

/**
 * Evidently 0.7.21's `chisquare`: how well the window's counts fit shares that are those of the baseline, which it takes as known. A category that
 * the baseline lacks is p = 0; of two samples of one distribution half are drift where there are as many rows on both sides.
 */
export const evidentlyChiSquare: DriftMethod = {
  id: 'evidently-chi-square',
  label: 'Chi-square fit p (Evidently)',
  kinds: ['categorical', 'numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return { kind: 'not-evaluated', reason: counts.reason };
    }
    if (counts.baseline.length < 2) {
      return { kind: 'not-evaluated', reason: 'both sides have one value, and the same' };
    }
    const scale = sum(counts.window) / sum(counts.baseline);
    const statistic = counts.window.reduce((all, seen, index) => {
      const expected = (counts.baseline[index] ?? 0) * scale;
      return all + (seen - expected) ** 2 / expected;
    }, 0);
    const p = chiSquareTail(statistic, counts.baseline.length - 1);
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p < threshold };
  },
};
