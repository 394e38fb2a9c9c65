import type { Evaluation, MetricFigure } from '../../../contract/performance.ts';
import { normal } from './intervals.ts';
import { meanOf, varianceOf } from './regression.ts';

export type CalibrationBin = Extract<Evaluation, { kind: 'binary' }>['calibration'][number];

/** scikit-learn clips probabilities to so much within 0 and 1: `numpy.finfo(float64).eps`. */
const clip = 2 ** -52;
const bins = 10;

/**
 * Log loss and Brier score as scikit-learn's `log_loss` and `brier_score_loss` define them, with the interval of a mean; and the expected
 * calibration error (M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, 2015) over the ten
 * bins of equal width of scikit-learn's `calibration_curve`.
 * @param positives 1 for a row of the positive class, else 0
 * @param scores probabilities of the positive class, within 0 and 1
 */
export function probabilityMetrics(positives: Uint8Array, scores: Float64Array): { readonly metrics: MetricFigure[]; readonly calibration: CalibrationBin[] } {
  const losses = new Float64Array(scores.length);
  const squares = new Float64Array(scores.length);
  scores.forEach((score, row) => {
    const positive = positives[row] ?? 0;
    const clipped = Math.min(1 - clip, Math.max(clip, score));
    losses[row] = -Math.log(positive === 1 ? clipped : 1 - clipped);
    squares[row] = (score - positive) ** 2;
  });
  const calibration = calibrationBins(positives, scores, equalWidth);
  const error = expectedError(calibration);
  return { metrics: [averaged('log-loss', losses), averaged('brier', squares), { metric: 'calibration-error', value: error }], calibration };
}

function averaged(metric: 'log-loss' | 'brier', values: Float64Array): MetricFigure {
  const value = meanOf(values);
  const interval = normal(value, varianceOf(values, value), values.length, 'mean', [0, Infinity]);
  return { metric, value, ...(interval === undefined ? {} : { interval }) };
}

const equalWidth = Array.from({ length: bins - 1 }, (_, index) => (index + 1) * (1 / bins));

/** The bin of a score: one at an edge belongs to the bin below it, as `numpy.searchsorted` puts it for scikit-learn. @param edges between the bins, rising */
export function binOf(score: number, edges: readonly number[]): number {
  const at = edges.findIndex((edge) => score <= edge);
  return at < 0 ? edges.length : at;
}

/** Rows by the bins of their scores; bins without rows are left out. @param edges as of {@link binOf} */
export function calibrationBins(positives: Uint8Array, scores: Float64Array, edges: readonly number[]): CalibrationBin[] {
  const sums = Array.from({ length: edges.length + 1 }, () => ({ rows: 0, score: 0, positives: 0 }));
  scores.forEach((score, row) => {
    const bin = sums[binOf(score, edges)];
    if (bin !== undefined) {
      bin.rows += 1;
      bin.score += score;
      bin.positives += positives[row] ?? 0;
    }
  });
  return sums.filter(({ rows }) => rows > 0).map(({ rows, score, positives: count }) => ({ rows, meanScore: score / rows, positives: count / rows }));
}

/** The mean over rows of how far the mean score of their bin is from its share of positives. */
export function expectedError(calibration: readonly CalibrationBin[]): number {
  const rows = calibration.reduce((sum, bin) => sum + bin.rows, 0);
  return calibration.reduce((sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.meanScore - bin.positives), 0);
}
