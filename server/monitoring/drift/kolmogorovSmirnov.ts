import { numbersOf, sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { kolmogorovDistance, kolmogorovExactTail } from './statistics/kolmogorov.ts';

const threshold = 0.05;
/** As many as `scipy.stats.ks_2samp` takes for an exact p. */
const mostExact = 10_000;

/** The p of the two-sided Kolmogorov-Smirnov test of two samples: Evidently 0.7.21's `ks`, `scipy.stats.ks_2samp`; drift is p <= 0.05. */
export const kolmogorovSmirnov: DriftMethod = {
  id: 'ks',
  label: 'Kolmogorov-Smirnov p',
  kinds: ['numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const numbers = numbersOf(baseline, window);
    if ('reason' in numbers) {
      return { kind: 'not-evaluated', reason: numbers.reason };
    }
    const [before, now] = [numbers.baseline, numbers.window];
    if (Math.max(before.length, now.length) > mostExact) {
      return { kind: 'not-evaluated', reason: `its p is exact up to ${mostExact} values` };
    }
    const p = kolmogorovExactTail(before.length, now.length, kolmogorovDistance(before, now).steps);
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p <= threshold, ...sampledNote(baseline, window) };
  },
};
