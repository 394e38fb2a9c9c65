import type { Column } from '../columns/column.ts';
import { countsOf, distinct, numbersOf, sampledNote, sum, type Incomparable } from './compared.ts';
import type { DriftMethod } from './driftMethod.ts';
import { countBetween, sturgesEdges, type BinShares } from './sturgesBins.ts';

const threshold = 0.1;

/**
 * The Hellinger distance √(1 - Σ√(b w)) of the shares: Evidently 0.7.21's `hellinger`. Numbers are in bins by Sturges' rule for as many values as there are
 * distinct ones on both sides.
 */
export const hellinger: DriftMethod = {
  id: 'hellinger',
  label: 'Hellinger',
  kinds: ['numeric', 'categorical'],
  defaultFor: [],
  reads: 'values',
  measure(baseline, window, isWhole) {
    const shares = sharesOf(baseline, window, isWhole);
    if ('reason' in shares) {
      return { kind: 'not-evaluated', reason: shares.reason };
    }
    const overlap = shares.baseline.reduce((all, share, index) => all + Math.sqrt(share * (shares.window[index] ?? 0)), 0);
    const statistic = Math.sqrt(1 - Math.min(1, overlap));
    return { kind: 'evaluated', statistic, threshold, isBeyond: statistic >= threshold, ...sampledNote(baseline, window) };
  },
};

function sharesOf(baseline: Column, window: Column, isWhole: boolean): BinShares | Incomparable {
  if (baseline.kind === 'categorical') {
    const counts = countsOf(baseline, window);
    if ('reason' in counts) {
      return counts;
    }
    const [before, now] = [sum(counts.baseline), sum(counts.window)];
    return { baseline: counts.baseline.map((count) => count / before), window: counts.window.map((count) => count / now) };
  }
  const numbers = numbersOf(baseline, window);
  if ('reason' in numbers) {
    return numbers;
  }
  const [before, now] = [numbers.baseline, numbers.window];
  const all = new Float64Array([...before, ...now]).sort();
  const edges = sturgesEdges(all[0] ?? 0, all.at(-1) ?? 0, distinct(all), isWhole);
  // By densities, as numpy's: the edges of large numbers are rounded, and no two bins then quite of one width.
  const width = ((edges.at(-1) ?? 0) - (edges[0] ?? 0)) / (edges.length - 1);
  const share = (count: number, index: number, size: number): number => (count / ((edges[index + 1] ?? 0) - (edges[index] ?? 0)) / size) * width;
  return {
    baseline: countBetween(before, edges).map((count, index) => share(count, index, before.length)),
    window: countBetween(now, edges).map((count, index) => share(count, index, now.length)),
  };
}
