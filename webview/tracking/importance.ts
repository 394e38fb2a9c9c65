import type { Run } from '../../server/contract/tracking.ts';
import type { Field } from './field.ts';

export interface Importance {
  readonly field: Field;
  /** From 0 (tells nothing about the metric) to 1. */
  readonly strength: number;
  readonly measure: 'correlation' | 'groups';
  /** Of a correlation: whether the metric grows with the param. */
  readonly rising: boolean;
  /** How many runs have both values. */
  readonly runs: number;
}

/** Fewer runs say nothing about a relation. */
const fewestRuns = 3;

/**
 * How much each param tells about a metric, the strongest first: the absolute value of Spearman's rank correlation for numeric params
 * (Pearson's correlation of the ranks, ties with their mean rank), and for others eta squared, the share of the metric's variance that
 * lies between the groups of equal values. Params that are equal in all runs, or in none, are left out. It describes the runs that are
 * there: params that were varied together share their strength.
 */
export function importanceOf(runs: readonly Run[], params: readonly Field[], metric: Field): readonly Importance[] {
  const scored = scoresOf(runs, metric);
  return strongestFirst(params.flatMap((field) => importanceOfOne(scored, field) ?? []));
}

interface Scored {
  readonly run: Run;
  readonly score: number;
}

/** The runs that have the metric, with its values. */
export function scoresOf(runs: readonly Run[], metric: Field): readonly Scored[] {
  return runs.flatMap((run) => {
    const score = metric.number(run);
    return score === undefined ? [] : [{ run, score }];
  });
}

export function strongestFirst(found: readonly Importance[]): readonly Importance[] {
  return [...found].sort((a, b) => b.strength - a.strength);
}

/** How much one param tells; undefined where nothing can be said. */
export function importanceOfOne(scored: readonly Scored[], field: Field): Importance | undefined {
  const present = scored.filter(({ run }) => field.raw(run) !== '');
  const values = new Set(present.map(({ run }) => field.raw(run)));
  if (present.length < fewestRuns || values.size < 2) {
    return undefined;
  }
  const scores = present.map(({ score }) => score);
  if (field.numeric) {
    const correlation = spearman(present.map(({ run }) => field.number(run) ?? 0), scores);
    return correlation === undefined ? undefined : { field, strength: Math.abs(correlation), measure: 'correlation', rising: correlation > 0, runs: present.length };
  }
  // With a group for nearly every run, groups explain everything and mean nothing.
  if (values.size > present.length / 2) {
    return undefined;
  }
  const strength = etaSquared(present.map(({ run }) => field.raw(run)), scores);
  return strength === undefined ? undefined : { field, strength, measure: 'groups', rising: false, runs: present.length };
}

/** Spearman's rank correlation, from -1 to 1; undefined where one side does not vary. */
export function spearman(left: readonly number[], right: readonly number[]): number | undefined {
  const [a, b] = [ranks(left), ranks(right)];
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  a.forEach((rank, index) => {
    const [fromA, fromB] = [rank - meanA, (b[index] ?? meanB) - meanB];
    product += fromA * fromB;
    squareA += fromA * fromA;
    squareB += fromB * fromB;
  });
  return squareA === 0 || squareB === 0 ? undefined : product / Math.sqrt(squareA * squareB);
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranked = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && order[end + 1]?.value === order[start]?.value) {
      end += 1;
    }
    for (let at = start; at <= end; at += 1) {
      ranked[order[at]?.index ?? 0] = (start + end) / 2 + 1;
    }
    start = end + 1;
  }
  return ranked;
}

/** Sum of squares between groups over the total sum of squares, from 0 to 1; undefined where the scores do not vary. */
export function etaSquared(groups: readonly string[], scores: readonly number[]): number | undefined {
  // The mean of equal numbers may differ from them by a rounding error.
  if (scores.every((score) => score === scores[0])) {
    return undefined;
  }
  const all = mean(scores);
  const total = scores.reduce((sum, score) => sum + (score - all) ** 2, 0);
  const byGroup = new Map<string, { sum: number; count: number }>();
  groups.forEach((name, index) => {
    const group = byGroup.get(name) ?? { sum: 0, count: 0 };
    byGroup.set(name, { sum: group.sum + (scores[index] ?? 0), count: group.count + 1 });
  });
  const between = [...byGroup.values()].reduce((sum, group) => sum + group.count * (group.sum / group.count - all) ** 2, 0);
  return between / total;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
