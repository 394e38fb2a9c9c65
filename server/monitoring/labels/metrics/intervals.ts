import type { IntervalId, MetricFigure } from '../../../contract/performance.ts';

export type Interval = NonNullable<MetricFigure['interval']>;

/** The 97.5 % quantile of the standard normal distribution. */
const z = 1.959963984540054;
/** Intervals are of large samples. */
const fewestRows = 30;

/**
 * Score interval of a proportion: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927, JASA 22; recommended
 * by L. D. Brown, T. T. Cai and A. DasGupta, Interval estimation for a binomial proportion, 2001.
 */
export function wilson(successes: number, trials: number): Interval | undefined {
  if (trials < fewestRows) {
    return undefined;
  }
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half), method: 'wilson' };
}

/**
 * Of F1, by F* = TP / (TP + FP + FN), which is a proportion and of which F1 = 2 F* / (1 + F*) is a monotone function: D. J. Hand, P. Christen and
 * N. Kirielle, F*: an interpretable transformation of the F-measure, Machine Learning 110, 2021.
 */
export function fStar(truePositives: number, others: number): Interval | undefined {
  const interval = wilson(truePositives, truePositives + others);
  const back = (share: number): number => (2 * share) / (1 + share);
  return interval === undefined ? undefined : { low: back(interval.low), high: back(interval.high), method: 'f-star' };
}

/**
 * Value ± 1.96 standard errors, within the bounds that the metric has; none where the estimated variance is nothing, as it then says nothing.
 * @param variance of one row's influence: the standard error is its root over that of `rows`
 */
export function normal(value: number, variance: number, rows: number, method: IntervalId, bounds: readonly [number, number] = [-Infinity, Infinity]): Interval | undefined {
  if (rows < fewestRows || !(variance > 0)) {
    return undefined;
  }
  const half = z * Math.sqrt(variance / rows);
  return { low: Math.max(bounds[0], value - half), high: Math.min(bounds[1], value + half), method };
}
