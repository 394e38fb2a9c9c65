import { numbersOf, sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { integrateGap } from './statistics/distributionGap.ts';

const threshold = 0.1;

/** The energy distance, √(2 ∫(F - G)²), in the root of the column's unit: Evidently 0.7.21's `ed`, `scipy.stats.energy_distance`; drift is above 0.1. */
export const energy: DriftMethod = {
  id: 'energy',
  label: 'Energy distance',
  kinds: ['numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const numbers = numbersOf(baseline, window);
    if ('reason' in numbers) {
      return { kind: 'not-evaluated', reason: numbers.reason };
    }
    const statistic = Math.sqrt(2) * Math.sqrt(integrateGap(numbers.baseline, numbers.window, (gap) => gap * gap));
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic > threshold, ...sampledNote(baseline, window) };
  },
};
