import type { CurvePoint, MetricSeries } from '../../../server/contract/tracking.ts';
import { numberOf } from '../../../server/contract/metricValues.ts';

/** One curve: x ascending; null where the value is not a finite number. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** The lowest and the highest of the values that each point stands for. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** Over steps, over the seconds since a run's first point, or over epoch milliseconds. */
export type CurveAxis = 'step' | 'time' | 'clock';

/** Epoch milliseconds of the first point. */
export function startOf({ points }: MetricSeries): number {
  return points.reduce((first, { timestamp }) => Math.min(first, timestamp), Infinity);
}

/** A run's history of one metric. */
export function curveOf(series: MetricSeries, axis: CurveAxis): Curve {
  const start = startOf(series);
  const place = ({ step, timestamp }: CurvePoint): number => (axis === 'step' ? step : axis === 'clock' ? timestamp : (timestamp - start) / 1000);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const points = series.points
    .map((point) => ({ x: place(point), y: numberOf(point.value), low: numberOf(point.low ?? point.value), high: numberOf(point.high ?? point.value) }))
    .sort((a, b) => a.x - b.x);
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => finite(y)), low: points.map(({ low }) => finite(low)), high: points.map(({ high }) => finite(high)) };
}

/** How far the points of a curve lie apart on average; undefined for fewer than two. */
export function spacingOf({ x }: Pick<Curve, 'x'>): number | undefined {
  const [first, last] = [x[0], x.at(-1)];
  return first === undefined || last === undefined || last === first ? undefined : (last - first) / (x.length - 1);
}

/**
 * Exponential moving average over x with a debiased start, so that the first points are not pulled towards zero. Each value counts less
 * the further back it lies: `weight` to the power of its distance over `spacing`, so that a stretch with more points looks no smoother.
 * @param weight how much of the past stays after one spacing, from 0 (none) to below 1
 */
export function smooth({ x, y }: Pick<Curve, 'x' | 'y'>, weight: number, spacing = 1): (number | null)[] {
  if (weight <= 0) {
    return [...y];
  }
  let [sum, weights] = [0, 0];
  let before: number | undefined;
  return y.map((value, index) => {
    const at = x[index];
    if (value === null || at === undefined) {
      return null;
    }
    const kept = before === undefined ? 0 : weight ** ((at - before) / spacing);
    before = at;
    sum = sum * kept + value;
    weights = weights * kept + 1;
    return sum / weights;
  });
}

/** Curves on the union of their x values, with null where a curve has no point. */
export function align(curves: readonly Pick<Curve, 'x' | 'y'>[]): { readonly x: number[]; readonly y: (number | null)[][] } {
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

/** The index nearest to another one that has a value; undefined before the first value and after the last. */
export function nearestValue(values: ArrayLike<number | null | undefined>, index: number): number | undefined {
  const has = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  let [left, right] = [index, index];
  while (left >= 0 && !has(left)) {
    left -= 1;
  }
  while (right < values.length && !has(right)) {
    right += 1;
  }
  if (left < 0 || right >= values.length) {
    return undefined;
  }
  return index - left <= right - index ? left : right;
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
