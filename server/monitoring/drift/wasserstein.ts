import { numbersOf, sampledNote } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { integrateGap } from './statistics/distributionGap.ts';

const threshold = 0.1;
const leastDeviation = 0.001;

/**
 * The first Wasserstein distance, ∫|F - G|, in standard deviations of the baseline (of the population, at least 0.001): Evidently 0.7.21's `wasserstein`,
 * `scipy.stats.wasserstein_distance`; drift is from 0.1 on.
 */
export const wasserstein: DriftMethod = {
  id: 'wasserstein',
  label: 'Wasserstein (normed)',
  kinds: ['numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const numbers = numbersOf(baseline, window);
    if ('reason' in numbers) {
      return { kind: 'not-evaluated', reason: numbers.reason };
    }
    const statistic = integrateGap(numbers.baseline, numbers.window, Math.abs) / Math.max(deviation(numbers.baseline), leastDeviation);
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};

function deviation(values: Float64Array): number {
  const mean = values.reduce((all, value) => all + value, 0) / values.length;
  return Math.sqrt(values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length);
}
