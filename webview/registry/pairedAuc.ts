import type { ScoredRows } from './evaluation.ts';

/** The areas under the ROC curves of two models on the same rows, and their difference. */
export interface PairedAuc {
  readonly rows: number;
  readonly auc: number;
  readonly referenceAuc: number;
  readonly difference: number;
  /** The ends of the 95 % confidence interval of the difference. */
  readonly interval: readonly [low: number, high: number];
}

/** Rows of each class below which the interval, which is that of a normal distribution, says little. */
const leastOfClass = 10;
/** The quantile of the normal distribution that leaves 2.5 % above. */
const normalQuantile = 1.959964;

/**
 * Compares two models by the method of DeLong, DeLong and Clarke-Pearson, Comparing the areas under two or more correlated receiver operating
 * characteristic curves, 1988 (https://doi.org/10.2307/2531595), with the ranks of X. Sun and W. Xu, Fast implementation of DeLong's algorithm,
 * 2014 (https://doi.org/10.1109/LSP.2014.2337313).
 * @returns undefined where the two were not measured on the same rows in the same order, as far as their labels tell, or on too few
 */
export function pairedAuc(ours: ScoredRows, theirs: ScoredRows): PairedAuc | undefined {
  const labels = ours.rows.map(({ positive }) => positive);
  const positives = labels.filter(Boolean).length;
  const sameRows = labels.length === theirs.rows.length && theirs.rows.every(({ positive }, row) => positive === labels[row]) && ours.classes.every((name, index) => name === theirs.classes[index]);
  if (!sameRows || positives < leastOfClass || labels.length - positives < leastOfClass) {
    return undefined;
  }
  const [a, b] = [components(ours), components(theirs)];
  const [auc, referenceAuc] = [mean(a.positives), mean(b.positives)];
  const variance = spreadOfMean(a.positives, b.positives) + spreadOfMean(a.negatives, b.negatives);
  const [difference, half] = [auc - referenceAuc, normalQuantile * Math.sqrt(variance)];
  return { rows: labels.length, auc, referenceAuc, difference, interval: [difference - half, difference + half] };
}

/** For each row of a class the share of the other class that it is on the right side of, ties counting a half. */
function components({ rows }: ScoredRows): { readonly positives: readonly number[]; readonly negatives: readonly number[] } {
  const scoresOf = (wanted: boolean): number[] => rows.filter(({ positive }) => positive === wanted).map(({ score }) => score);
  const [above, below] = [scoresOf(true), scoresOf(false)];
  const ranks = midranks([...above, ...below]);
  const [aboveRanks, belowRanks] = [midranks(above), midranks(below)];
  return {
    positives: aboveRanks.map((rank, index) => ((ranks[index] ?? 0) - rank) / below.length),
    negatives: belowRanks.map((rank, index) => 1 - ((ranks[above.length + index] ?? 0) - rank) / above.length),
  };
}

/** The rank of each value, from 1; equal ones share the mean of theirs. */
function midranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) {
      to += 1;
    }
    for (const { index } of order.slice(from, to)) {
      ranks[index] = (from + to + 1) / 2;
    }
    from = to;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The variance of the mean of the differences. */
function spreadOfMean(ours: readonly number[], theirs: readonly number[]): number {
  const differences = ours.map((value, index) => value - (theirs[index] ?? 0));
  const middle = mean(differences);
  return differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (differences.length - 1) / differences.length;
}
