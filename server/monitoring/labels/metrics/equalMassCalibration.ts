import { normal, type Interval } from './intervals.ts';
import { binOf, calibrationBins, expectedError, type CalibrationBin } from './probabilities.ts';
import { varianceOf } from './regression.ts';

export interface EqualMassCalibration {
  /** Those that have rows: equal scores are never parted, so that there may be fewer than were asked for. */
  readonly bins: readonly CalibrationBin[];
  readonly error: number;
  /** Undefined below 30 rows. */
  readonly interval: Interval | undefined;
  /** About what probabilities that are right show on average, of so many rows in these bins. */
  readonly byChance: number;
}

/**
 * Expected calibration error, the sum over bins of n_b / n |mean score - share of positives| (M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well
 * calibrated probabilities using Bayesian binning, 2015), over bins of as many rows each, whose edges are the quantiles of the scores as of scikit-learn's
 * `calibration_curve(strategy='quantile')`. Bins of equal mass have the smaller bias (R. Roelofs et al., Mitigating bias in calibration error
 * estimation, 2022).
 *
 * Interval: with the bins as they are, it is the mean over rows of s (score - label), where s is the sign of the gap of the row's bin; delta method.
 * By chance: where probabilities p are right, the sum of label - p over a bin is about normal with variance Σ p (1 - p), and the mean of the absolute
 * value of such a number is √(2/π) standard deviations.
 * @param positives 1 for a row of the positive class, else 0
 * @param scores probabilities of the positive class, within 0 and 1; at least one
 * @param asked how many bins
 */
export function equalMassCalibration(positives: Uint8Array, scores: Float64Array, asked: number): EqualMassCalibration {
  const edges = quantileEdges(scores, asked);
  const bins = calibrationBins(positives, scores, edges);
  const error = expectedError(bins);
  const gaps = new Float64Array(asked);
  const variances = new Float64Array(asked);
  scores.forEach((score, row) => {
    const bin = binOf(score, edges);
    gaps[bin] = (gaps[bin] ?? 0) + score - (positives[row] ?? 0);
    variances[bin] = (variances[bin] ?? 0) + score * (1 - score);
  });
  const influence = scores.map((score, row) => Math.sign(gaps[binOf(score, edges)] ?? 0) * (score - (positives[row] ?? 0)));
  return {
    bins,
    error,
    interval: normal(error, varianceOf(influence, error), scores.length, 'delta', [0, 1]),
    byChance: (Math.sqrt(2 / Math.PI) * variances.reduce((sum, variance) => sum + Math.sqrt(variance), 0)) / scores.length,
  };
}

/** Edges between bins: `numpy.percentile` of `numpy.linspace(0, 1, bins + 1)`, whose rounding decides which side a score at an edge is on. */
function quantileEdges(scores: Float64Array, bins: number): number[] {
  const sorted = scores.slice().sort();
  return Array.from({ length: bins - 1 }, (_, index) => {
    const place = (sorted.length - 1) * (((index + 1) * (1 / bins) * 100) / 100);
    const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.min(sorted.length - 1, Math.floor(place) + 1)] ?? 0];
    const part = place - Math.floor(place);
    return part < 0.5 ? below + (above - below) * part : above - (above - below) * (1 - part);
  });
}
