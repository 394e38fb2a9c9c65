import type { MetricSeries } from '../../../server/contract/tracking.ts';
import { numberOf } from '../format.ts';

/** One curve: x ascending; null where the value is not a finite number. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export type CurveAxis = 'step' | 'time';

/** A run's history of one metric over its steps, or over the seconds since its first point. */
export function curveOf(series: MetricSeries, axis: CurveAxis): Curve {
  const start = Math.min(...series.points.map((point) => point.timestamp));
  const points = series.points
    .map((point) => ({ x: axis === 'step' ? point.step : (point.timestamp - start) / 1000, y: numberOf(point.value) }))
    .sort((a, b) => a.x - b.x);
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => (Number.isFinite(y) ? y : null)) };
}

/**
 * Exponential moving average with a debiased start, so that the first points are not pulled towards zero.
 * @param weight how much of the past stays, from 0 (none) to below 1.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) {
    return [...values];
  }
  let average = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null) {
      return null;
    }
    count += 1;
    average = average * weight + (1 - weight) * value;
    return average / (1 - weight ** count);
  });
}

/** Curves on the union of their x values, with null where a curve has no point. */
export function align(curves: readonly Curve[]): { readonly x: number[]; readonly y: (number | null)[][] } {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const position = new Map(x.map((value, index) => [value, index]));
  const y = curves.map((curve) => {
    const aligned = new Array<number | null>(x.length).fill(null);
    curve.x.forEach((value, index) => {
      const at = position.get(value);
      if (at !== undefined) {
        aligned[at] = curve.y[index] ?? null;
      }
    });
    return aligned;
  });
  return { x, y };
}

/** Running totals from the first series up: what a stacked chart draws. */
export function stack(series: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const totals: number[] = [];
  return series.map((values) =>
    values.map((value, index) => {
      totals[index] = (totals[index] ?? 0) + (value ?? 0);
      return totals[index];
    }),
  );
}
