import type { DriftMethod } from './driftMethod.ts';
import { shareBins, sharesOf } from './sharedBins.ts';

/**
 * Jensen-Shannon distance: the square root of (D(b, m) + D(w, m)) / 2, where b and w are the shares of the baseline's and the window's values
 * over the bins, m their mean, and D(p, m) the sum of p log2(p / m), an empty bin adding nothing (J. Lin, Divergence measures based on the
 * Shannon entropy, 1991, https://doi.org/10.1109/18.61115; `scipy.spatial.distance.jensenshannon` with base 2). With the logarithm of base 2
 * it is 0 for equal shares and 1 for columns that have no bin in common.
 */
export const jensenShannon: DriftMethod = {
  id: 'jensen-shannon',
  label: 'Jensen-Shannon',
  kinds: ['numeric', 'categorical'],
  defaultFor: [],
  reads: 'counts',
  measure(baseline, window) {
    const bins = shareBins(baseline, window);
    if ('reason' in bins) {
      return { kind: 'not-evaluated', reason: bins.reason };
    }
    const [before, now] = [sharesOf(bins.baseline), sharesOf(bins.window)];
    return { kind: 'evaluated', statistic: jensenShannonDistance(before, now, Math.log2) };
  },
};

/** The distance of two lists of shares of the same bins. @param log the logarithm, whose base is that of the distance */
export function jensenShannonDistance(before: readonly number[], now: readonly number[], log: (x: number) => number): number {
  const mean = before.map((share, index) => (share + (now[index] ?? 0)) / 2);
  const divergence = (shares: readonly number[]): number => shares.reduce((sum, share, index) => (share === 0 ? sum : sum + share * log(share / (mean[index] ?? share))), 0);
  // Rounding can make the sum of equal shares a little negative.
  return Math.sqrt(Math.max(0, (divergence(before) + divergence(now)) / 2));
}
