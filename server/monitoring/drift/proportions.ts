import { countsOf, sum } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { normalTail } from './statistics/gamma.ts';

const threshold = 0.05;

/**
 * The p of the two-sided z-test that two shares are equal, with the pooled share: Evidently 0.7.21's `z`, for columns of two values. z is the difference of
 * the shares over √(P(1 - P)(1/n + 1/m)).
 */
export const proportions: DriftMethod = {
  id: 'z',
  label: 'Z-test p',
  kinds: ['categorical', 'numeric'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return { kind: 'not-evaluated', reason: counts.reason };
    }
    if (counts.baseline.length > 2) {
      return { kind: 'not-evaluated', reason: 'it has more than two values' };
    }
    const [n, m] = [sum(counts.baseline), sum(counts.window)];
    const [before, now] = [(counts.baseline[0] ?? 0) / n, (counts.window[0] ?? 0) / m];
    const pooled = (before * n + now * m) / (n + m);
    const p = counts.baseline.length === 1 ? 1 : normalTail(Math.abs(before - now) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)));
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p < threshold };
  },
};
