import { countsOf, sum, type ComparedCounts } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { mersenneTwister, shuffle } from './statistics/mersenneTwister.ts';

const threshold = 0.1;
const permutations = 1000;
/** Rows on both sides that are shuffled a thousand times in a tenth of a second. */
const mostRows = 10_000;

/**
 * Evidently 0.7.21's `TVD`: the share of 1,000 ways to deal the rows of both sides out anew, numpy's after `numpy.random.seed(0)`, that have a total
 * variation distance as large; drift is below 0.1. The distances are compared as whole numbers, without rounding. The draws depend on the order of the
 * rows, which counts do not have: here each side's rows stand together by value, in the order in which the values first came.
 */
export const evidentlyTotalVariation: DriftMethod = {
  id: 'evidently-total-variation',
  label: 'Total variation p (Evidently)',
  kinds: ['categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window) {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return { kind: 'not-evaluated', reason: counts.reason };
    }
    if (sum(counts.baseline) + sum(counts.window) > mostRows) {
      return { kind: 'not-evaluated', reason: `it is for up to ${mostRows} rows on both sides together` };
    }
    const p = permutationTail(counts);
    return { kind: 'evaluated', statistic: p, threshold, isBeyond: p < threshold };
  },
};

function permutationTail({ baseline, window }: ComparedCounts): number {
  const [before, now] = [sum(baseline), sum(window)];
  const all = baseline.map((count, index) => count + (window[index] ?? 0));
  const rows = Uint16Array.from([baseline, window].flatMap((side) => side.flatMap((count, index) => new Array<number>(count).fill(index))));
  // Twice the distance times both sizes.
  const distance = (dealt: readonly number[]): number => all.reduce((gap, count, index) => gap + Math.abs((dealt[index] ?? 0) * now - (count - (dealt[index] ?? 0)) * before), 0);
  const observed = distance(baseline);
  const next = mersenneTwister(0);
  let large = 0;
  for (let round = 0; round < permutations; round += 1) {
    const order = Uint16Array.from(rows.keys());
    shuffle(order, next);
    const dealt = all.map(() => 0);
    for (const row of order.subarray(0, before)) {
      const value = rows[row] ?? 0;
      dealt[value] = (dealt[value] ?? 0) + 1;
    }
    large += distance(dealt) >= observed ? 1 : 0;
  }
  return large / permutations;
}
