import type { DriftMethod } from './driftMethod.ts';
import { fillEmpty, sturgesShares } from './sturgesBins.ts';
import { sampledNote, sum } from './compared.ts';

const threshold = 0.1;

/** The Kullback-Leibler divergence Σ b ln(b / w) of the baseline's shares from the window's, after empty bins were filled: Evidently 0.7.21's `kl_div`. */
export const kullbackLeibler: DriftMethod = {
  id: 'kl',
  label: 'Kullback-Leibler',
  kinds: ['numeric', 'categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window, isWhole) {
    const shares = sturgesShares(baseline, window, isWhole);
    if ('reason' in shares) {
      return { kind: 'not-evaluated', reason: shares.reason };
    }
    const [before, now] = [fillEmpty(shares.baseline), fillEmpty(shares.window)];
    const [ofBefore, ofNow] = [sum(before), sum(now)];
    const statistic = before.reduce((all, share, index) => all + (share / ofBefore) * Math.log(share / ofBefore / ((now[index] ?? 0) / ofNow)), 0);
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};
