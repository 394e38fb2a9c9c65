import { sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { fillEmpty, sturgesShares } from './sturgesBins.ts';

const threshold = 0.1;

/**
 * Evidently 0.7.21's `psi`: the Population Stability Index as in {@link populationStability}, but in bins of both sides' values together, with its own
 * stand-in for empty ones, and of however few rows.
 */
export const evidentlyPopulationStability: DriftMethod = {
  id: 'evidently-psi',
  label: 'PSI (Evidently)',
  kinds: ['numeric', 'categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window, isWhole) {
    const shares = sturgesShares(baseline, window, isWhole);
    if ('reason' in shares) {
      return { kind: 'not-evaluated', reason: shares.reason };
    }
    const now = fillEmpty(shares.window);
    const statistic = fillEmpty(shares.baseline).reduce((all, share, index) => {
      const live = now[index] ?? share;
      return all + (share - live) * Math.log(share / live);
    }, 0);
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};
