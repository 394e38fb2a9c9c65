import { countsOf, sum } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';

/** The total variation distance of the shares, ½ Σ|b - w|: 0 for equal shares, 1 for nothing in common. */
export const totalVariation: DriftMethod = {
  id: 'total-variation',
  label: 'Total variation',
  kinds: ['categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return { kind: 'not-evaluated', reason: counts.reason };
    }
    const [before, now] = [sum(counts.baseline), sum(counts.window)];
    const statistic = counts.baseline.reduce((all, count, index) => all + Math.abs(count / before - (counts.window[index] ?? 0) / now), 0) / 2;
    return { kind: 'evaluated', statistic };
  },
};
