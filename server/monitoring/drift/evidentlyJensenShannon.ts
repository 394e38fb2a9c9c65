import { sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { sturgesShares } from './sturgesBins.ts';

const threshold = 0.1;

/**
 * Evidently 0.7.21's `jensenshannon`: the distance of {@link jensenShannon} with natural logarithms, so that 0.83 is its end and not 1, in bins of both
 * sides' values together, of however few rows.
 */
export const evidentlyJensenShannon: DriftMethod = {
  id: 'evidently-jensen-shannon',
  label: 'Jensen-Shannon (Evidently)',
  kinds: ['numeric', 'categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window, isWhole) {
    const shares = sturgesShares(baseline, window, isWhole);
    if ('reason' in shares) {
      return { kind: 'not-evaluated', reason: shares.reason };
    }
    const mean = shares.baseline.map((share, index) => (share + (shares.window[index] ?? 0)) / 2);
    const statistic = Math.sqrt(Math.max(0, (divergence(shares.baseline, mean) + divergence(shares.window, mean)) / 2));
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};

function divergence(shares: readonly number[], mean: readonly number[]): number {
  return shares.reduce((all, share, index) => (share === 0 ? all : all + share * Math.log(share / (mean[index] ?? share))), 0);
}
