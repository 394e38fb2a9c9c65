import type { MetricFigure } from '../../../contract/performance.ts';
import { normal } from './intervals.ts';

/**
 * MAE, RMSE and R² as scikit-learn's `mean_absolute_error`, `root_mean_squared_error` and `r2_score` define them.
 *
 * Intervals: of MAE that of a mean; RMSE is the root of the mean squared error, R² = 1 - MSE / Var(label), both by the delta method from their
 * influence functions (A. W. van der Vaart, Asymptotic Statistics, 1998, chapters 3 and 20).
 * @param labels and `predictions` of one length, at least 1
 */
export function regressionMetrics(labels: readonly number[], predictions: readonly number[]): MetricFigure[] {
  const rows = labels.length;
  const mean = labels.reduce((sum, label) => sum + label, 0) / rows;
  const absolute = new Float64Array(rows);
  const squared = new Float64Array(rows);
  const spread = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const label = labels[row] ?? 0;
    const error = label - (predictions[row] ?? 0);
    absolute[row] = Math.abs(error);
    squared[row] = error ** 2;
    spread[row] = (label - mean) ** 2;
  }
  const mae = meanOf(absolute);
  const mse = meanOf(squared);
  const rmse = Math.sqrt(mse);
  const variance = meanOf(spread);
  const maeInterval = normal(mae, varianceOf(absolute, mae), rows, 'mean', [0, Infinity]);
  const rmseInterval = rmse === 0 ? undefined : normal(rmse, varianceOf(squared, mse) / (4 * mse), rows, 'delta', [0, Infinity]);
  return [
    { metric: 'mae', value: mae, ...(maeInterval === undefined ? {} : { interval: maeInterval }) },
    { metric: 'rmse', value: rmse, ...(rmseInterval === undefined ? {} : { interval: rmseInterval }) },
    r2(mse, variance, squared, spread),
  ];
}

function r2(mse: number, variance: number, squared: Float64Array, spread: Float64Array): MetricFigure {
  if (!(variance > 0)) {
    return { metric: 'r2', value: null, reason: 'all labels are the same' };
  }
  const ratio = mse / variance;
  const influence = squared.map((error, row) => (error - ratio * (spread[row] ?? 0)) / variance);
  const interval = normal(1 - ratio, varianceOf(influence, 0), squared.length, 'delta', [-Infinity, 1]);
  return { metric: 'r2', value: 1 - ratio, ...(interval === undefined ? {} : { interval }) };
}

export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return sum / values.length;
}

export function varianceOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) {
    sum += (value - mean) ** 2;
  }
  return values.length < 2 ? 0 : sum / (values.length - 1);
}
