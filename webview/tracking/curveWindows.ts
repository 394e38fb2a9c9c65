import type { CallInput } from '../../server/contract/api.ts';
import type { MetricSeries } from '../../server/contract/tracking.ts';
import type { ChartRange } from '../ui/chart/chartProps.ts';
import { startOf, type CurveAxis } from '../ui/chart/curves.ts';

/** A part of a history: steps, or epoch milliseconds. */
export type CurveWindow = NonNullable<CallInput<'getMetricSeries'>['window']>;

/** The part of a run's history that a range of the x axis shows. */
export function windowOf(series: MetricSeries, axis: CurveAxis, [from, to]: ChartRange): CurveWindow {
  if (axis === 'step') {
    return { by: 'step', from: Math.floor(from), to: Math.ceil(to) };
  }
  const start = axis === 'clock' ? 0 : startOf(series);
  const scale = axis === 'clock' ? 1 : 1000;
  return { by: 'time', from: Math.floor(start + from * scale), to: Math.ceil(start + to * scale) };
}

/** A thinned history with one part of it in more detail. */
export function withDetail(series: MetricSeries, window: CurveWindow, detail: MetricSeries | undefined): MetricSeries {
  const outside = series.points.filter(({ step, timestamp }) => {
    const at = window.by === 'step' ? step : timestamp;
    return at < window.from || at > window.to;
  });
  return detail === undefined ? series : { ...series, points: [...outside, ...detail.points] };
}

/**
 * Whether a history draws a line: it has more than one step, or other values over time. `mlflow.evaluate` logs each metric twice, at the
 * same step with the same value.
 */
export function isCurve({ points }: Pick<MetricSeries, 'points'>): boolean {
  const [first, ...later] = points;
  return first !== undefined && later.some(({ step, value }) => step !== first.step || !Object.is(value, first.value));
}
