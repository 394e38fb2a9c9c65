import { numbersOf, sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { cramerVonMisesExactTail, cramerVonMisesRanks, cramerVonMisesTail } from './statistics/cramerVonMises.ts';

const threshold = 0.1;
/** Up to so many values on both sides p is exact. */
const mostExact = 20;

/** The p of the two-sample Cramér-von Mises test: Evidently 0.7.21's `cramer_von_mises`; drift is p <= 0.1. */
export const cramerVonMises: DriftMethod = {
  id: 'cramer-von-mises',
  label: 'Cramér-von Mises p',
  kinds: ['numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const numbers = numbersOf(baseline, window);
    if ('reason' in numbers) {
      return { kind: 'not-evaluated', reason: numbers.reason };
    }
    const [n, m] = [numbers.baseline.length, numbers.window.length];
    if (Math.min(n, m) < 2) {
      return { kind: 'not-evaluated', reason: 'two values on each side are needed' };
    }
    const u = cramerVonMisesRanks(numbers.baseline, numbers.window);
    const p = Math.max(n, m) > mostExact ? cramerVonMisesTail(u, n, m) : cramerVonMisesExactTail(u, n, m);
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p <= threshold, ...sampledNote(baseline, window) };
  },
};
