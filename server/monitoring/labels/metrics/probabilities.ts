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
  const calibration = calibrationBins(positives, scores);
  const error = calibration.reduce((sum, { rows, meanScore, positives: share }) => sum + (rows / scores.length) * Math.abs(meanScore - share), 0);
  return { metrics: [averaged('log-loss', losses), averaged('brier', squares), { metric: 'calibration-error', value: error }], calibration };
}

function averaged(metric: 'log-loss' | 'brier', values: Float64Array): MetricFigure {
  const value = meanOf(values);
  const interval = normal(value, varianceOf(values, value), values.length, 'mean', [0, Infinity]);
  return { metric, value, ...(interval === undefined ? {} : { interval }) };
}

/** A score at an edge belongs to the bin below it, as `numpy.searchsorted` puts it for scikit-learn; bins without rows are left out. */
function calibrationBins(positives: Uint8Array, scores: Float64Array): CalibrationBin[] {
  const edges = Array.from({ length: bins - 1 }, (_, index) => (index + 1) * (1 / bins));
  const sums = Array.from({ length: bins }, () => ({ rows: 0, score: 0, positives: 0 }));
  scores.forEach((score, row) => {
    const at = edges.findIndex((edge) => score <= edge);
    const bin = sums[at < 0 ? bins - 1 : at];
    if (bin !== undefined) {
      bin.rows += 1;
      bin.score += score;
      bin.positives += positives[row] ?? 0;
    }
  });
  return sums.filter(({ rows }) => rows > 0).map(({ rows, score, positives: count }) => ({ rows, meanScore: score / rows, positives: count / rows }));
}
