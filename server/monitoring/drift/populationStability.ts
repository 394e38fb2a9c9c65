import { formatNumber } from '../../contract/format/numbers.ts';
import type { DriftMethod } from './driftMethod.ts';
import { shareBins, sharesOf } from './sharedBins.ts';

/** Stands for the share of an empty bin, whose logarithm there is not. */
const emptyShare = 1e-4;

/**
 * Population Stability Index: the sum over bins of (w - b) ln(w / b), where b and w are the shares of the baseline's and the window's
 * values (B. Yurdakul, Statistical Properties of Population Stability Index, 2018, https://scholarworks.wmich.edu/dissertations/3208).
 * It is 0 for equal shares and has no upper end. An empty bin counts as a share of 0.0001, as in Evidently 0.7.21
 * (`legacy/calculations/stattests/utils.py`, `get_binned_data`), and the shares are not made to add up to 1 again.
 *
 * The same source gives what two samples of one distribution show: (1/n + 1/m) times a chi-square variable with bins - 1 degrees of freedom, for
 * n and m values; its mean stands in the note.
 */
export const populationStability: DriftMethod = {
  id: 'psi',
  label: 'PSI',
  kinds: ['numeric', 'categorical'],
  defaultFor: ['numeric', 'categorical'],
  reads: 'counts',
  measure(baseline, window) {
    const bins = shareBins(baseline, window);
    if ('reason' in bins) {
      return { kind: 'not-evaluated', reason: bins.reason };
    }
    const expected = sharesOf(bins.baseline);
    const statistic = sharesOf(bins.window).reduce((sum, share, index) => {
      const [w, b] = [share === 0 ? emptyShare : share, expected[index] === 0 ? emptyShare : (expected[index] ?? emptyShare)];
      return sum + (w - b) * Math.log(w / b);
    }, 0);
    const byChance = (bins.baseline.length - 1) * (1 / window.count + 1 / baseline.count);
    return { kind: 'evaluated', statistic, note: `About ${formatNumber(byChance, 2)} is to be expected by chance, of so many rows in ${bins.baseline.length} bins.` };
  },
};
