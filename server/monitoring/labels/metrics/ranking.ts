import type { MetricFigure } from '../../../contract/performance.ts';
import { normal } from './intervals.ts';
import { meanOf, varianceOf } from './regression.ts';

/**
 * The area under the ROC curve, ties counting half, as scikit-learn's `roc_auc_score`; its variance after E. R. DeLong, D. M. DeLong and
 * D. L. Clarke-Pearson, Comparing the areas under two or more correlated receiver operating characteristic curves, Biometrics 44, 1988, by the
 * midranks of X. Sun and W. Xu, Fast implementation of DeLong's algorithm, 2014.
 * @param positives 1 for a row of the positive class, else 0
 */
export function auc(positives: Uint8Array, scores: Float64Array): MetricFigure {
  const { above, below } = placements(positives, scores);
  const [positive, negative] = [above, below];
  if (positive.length === 0 || negative.length === 0) {
    return { metric: 'auc', value: null, reason: `all labels are ${positive.length === 0 ? 'negative' : 'positive'}` };
  }
  const value = meanOf(above);
  const variance = varianceOf(above, value) / positive.length + varianceOf(below, value) / negative.length;
  const interval = Math.min(positive.length, negative.length) < 2 ? undefined : normal(value, variance * scores.length, scores.length, 'delong', [0, 1]);
  return { metric: 'auc', value, ...(interval === undefined ? {} : { interval }) };
}

/** Share of the negative ones that each positive one is above, and of the positive ones that each negative one is below. */
function placements(positives: Uint8Array, scores: Float64Array): { readonly above: Float64Array; readonly below: Float64Array } {
  const positive = scores.filter((_, row) => positives[row] === 1);
  const negative = scores.filter((_, row) => positives[row] !== 1);
  const pooled = new Float64Array(scores.length);
  pooled.set(positive);
  pooled.set(negative, positive.length);
  const all = midranks(pooled);
  const amongPositive = midranks(positive);
  const amongNegative = midranks(negative);
  return {
    above: positive.map((_, at) => ((all[at] ?? 0) - (amongPositive[at] ?? 0)) / negative.length),
    below: negative.map((_, at) => 1 - ((all[positive.length + at] ?? 0) - (amongNegative[at] ?? 0)) / positive.length),
  };
}

/**
 * By how much the first scores rank better than the second, of the same rows, with the standard error of the difference: DeLong and others, 1988, for
 * correlated curves, by the differences of the placements.
 */
export function aucDifference(positives: Uint8Array, first: Float64Array, second: Float64Array): { readonly value: number; readonly error: number } {
  const [ours, theirs] = [placements(positives, first), placements(positives, second)];
  const above = ours.above.map((share, at) => share - (theirs.above[at] ?? 0));
  const below = ours.below.map((share, at) => share - (theirs.below[at] ?? 0));
  const value = meanOf(above);
  return { value, error: Math.sqrt(varianceOf(above, value) / above.length + varianceOf(below, meanOf(below)) / below.length) };
}

/** Ranks from 1; those that tie share the middle of theirs. */
function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) {
      end += 1;
    }
    for (let at = start; at < end; at += 1) {
      ranks[order[at] ?? 0] = (start + end + 1) / 2;
    }
    start = end;
  }
  return ranks;
}
