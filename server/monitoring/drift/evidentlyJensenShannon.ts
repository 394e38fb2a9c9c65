import { sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { jensenShannonDistance } from './jensenShannon.ts';
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
    const statistic = jensenShannonDistance(shares.baseline, shares.window, Math.log);
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};
