import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import { readValue } from './valueColumns.ts';
import { prepareMetricPoints, type MetricPoints, type RawPoint, type Stretch, type Summary } from './metricPoints.ts';
import type { Metrics } from './metrics.ts';
import type { MetricPoint } from '../../contract/entities.ts';

export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** A part of a history: steps, or epoch milliseconds; both ends belong to it. */
export interface CurveWindow extends StepRange {
  readonly by: 'step' | 'time';
}

/** A point of a chart. One that stands for several has their means, and the lowest and the highest of their values. */
export interface OutlinePoint extends MetricPoint {
  readonly low?: number;
  readonly high?: number;
}

/** Histories of metrics thinned for charts. */
export interface MetricCurves {
  /**
   * About `limit` points at most, evenly spread over the steps asked for, the first and the last among them; by step. The cost follows
   * `limit`, not the number logged.
   */
  sample(run: number, key: string, limit: number, steps?: StepRange): MetricPoint[];
  /**
   * At most `limit` points of a window, or of the whole history, and how many were logged there; by step. Where more were logged, each
   * stretch becomes one point with its mean and its extremes; the curve still begins and ends where the history does. Reads every point
   * of the window, with pauses for other work.
   */
  outline(run: number, key: string, limit: number, window?: CurveWindow): Promise<{ points: OutlinePoint[]; total: number }>;
}

function toPoint([step, at, value, nan]: RawPoint): MetricPoint {
  return { step, at, value: readValue(value, nan) };
}

function samePoint(a: RawPoint | undefined, b: RawPoint | undefined): boolean {
  return a !== undefined && b !== undefined && a.every((part, index) => part === b[index]);
}

/** Numbers from `first` to `last` at equal distances, both among them. */
function spread(first: number, last: number, count: number): number[] {
  const gaps = Math.max(1, count - 1);
  return Array.from({ length: gaps }, (_, index) => Math.floor(first + ((last - first) * index) / gaps));
}

/** Where stretches of nearly equal length begin among so many places, the longer ones first: SQL's NTILE, by which MLflow samples. */
function stretchStarts(places: number, stretches: number): number[] {
  const length = Math.floor(places / stretches);
  const longer = places % stretches;
  return Array.from({ length: Math.min(places, stretches) }, (_, index) => index * length + Math.min(index, longer));
}

/** A history of up to so many points is sampled by rows, a longer one by steps. */
const mostRows = 5000;

/** Milliseconds of queries before others get their turn. */
const turnMilliseconds = 4;

/** Lets others have their turn where the last one is long ago. */
function createTurns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began >= turnMilliseconds) {
      await nextTurn();
      began = performance.now();
    }
  };
}

const everyStep = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

export function createMetricCurves(database: Database, metrics: Metrics): MetricCurves {
  const points = prepareMetricPoints(database);
  const turn = createTurns();
  return {
    sample(run, key, limit, steps = everyStep) {
      const id = metrics.keyId(key);
      return id === undefined ? [] : samplePoints(points, run, id, limit, steps).map(toPoint);
    },
    async outline(run, key, limit, window) {
      const id = metrics.keyId(key);
      await turn();
      return id === undefined ? { points: [], total: 0 } : outlinePoints(points, run, id, limit, window, turn);
    },
  };
}

/** Points of one step, spread over their times. */
function sampleStep({ first, last, atTime }: MetricPoints, run: number, key: number, step: number, limit: number): RawPoint[] {
  const start = first.get(run, key, step, step);
  const end = last.get(run, key, step, step);
  if (start === undefined || end === undefined) {
    return [];
  }
  const points = [start];
  for (const time of limit > 2 ? spread(start[1], end[1], limit) : []) {
    const next = atTime.get(run, key, step, time, end[1]);
    if (next !== undefined && !samePoint(next, points.at(-1))) {
      points.push(next);
    }
  }
  return samePoint(end, points.at(-1)) || limit === 1 ? points : [...points, end];
}

/** {@link MetricCurves.sample} of a metric by its id. */
function samplePoints(queries: MetricPoints, run: number, key: number, limit: number, { from, to }: StepRange): RawPoint[] {
  const { first, last, beyond, few, nearest } = queries;
  const start = first.get(run, key, from, to);
  const end = last.get(run, key, from, to);
  if (start === undefined || end === undefined) {
    return [];
  }
  if (limit === 1) {
    return [end];
  }
  const rows = Math.max(limit, mostRows);
  if (beyond.get(run, key, from, to, rows) === undefined) {
    const all = few.all(run, key, from, to, rows);
    return all.length <= limit ? all : [...stretchStarts(all.length, limit).slice(0, -1).flatMap((index) => all.slice(index, index + 1)), end];
  }
  const steps = end[0] - start[0] + 1;
  if (steps < limit) {
    const each = Math.max(1, Math.floor(limit / steps));
    return Array.from({ length: steps }, (_, index) => sampleStep(queries, run, key, start[0] + index, each)).flat();
  }
  const targets = stretchStarts(steps, limit).slice(0, -1).map((place) => start[0] + place);
  const points = nearest.all({ run, key, to: end[0], targets: JSON.stringify(targets) });
  return samePoint(end, points.at(-1)) ? points : [...points, end];
}

type Outline = Awaited<ReturnType<MetricCurves['outline']>>;

/** {@link MetricCurves.outline} of a metric by its id. @param turn is awaited between the stretches */
async function outlinePoints(queries: MetricPoints, run: number, key: number, limit: number, window: CurveWindow | undefined, turn: () => Promise<void>): Promise<Outline> {
  const { firstOf, lastOf, fewOf, summaryOf } = queries;
  const steps = window?.by === 'step' ? window : everyStep;
  const times = window?.by === 'time' ? window : everyStep;
  const whole: Stretch = [run, key, steps.from, steps.to, times.from, times.to];
  const all = fewOf.all(...whole, limit + 1);
  if (all.length <= limit) {
    return { points: all.map(toPoint), total: all.length };
  }
  const start = firstOf.get(...whole);
  const end = lastOf.get(...whole);
  if (start === undefined || end === undefined) {
    return { points: [], total: 0 };
  }
  const byTime = start[0] === end[0];
  const [from, to] = byTime ? [start[1], end[1]] : [start[0], end[0]];
  const borders = [...new Set(spread(from, to + 1, limit + 1))];
  const points: OutlinePoint[] = [];
  let total = 0;
  for (const [index, border] of borders.entries()) {
    const last = (borders[index + 1] ?? to + 1) - 1;
    const summary = byTime ? summaryOf.get(run, key, start[0], start[0], border, last) : summaryOf.get(run, key, border, last, times.from, times.to);
    total += summary?.count ?? 0;
    points.push(...summarized(summary));
    await turn();
  }
  const reach = (index: number, [step, at]: RawPoint): void => {
    const point = points[index];
    if (point !== undefined) {
      points[index] = { ...point, step, at };
    }
  };
  reach(0, start);
  reach(points.length - 1, end);
  return { points, total };
}

/** The point that stands for a stretch; none for an empty one. */
function summarized(summary: Summary | undefined): OutlinePoint[] {
  if (summary === undefined || summary.count === 0) {
    return [];
  }
  const { numbers, step, at, mean, low, high } = summary;
  if (numbers === 0 || low === null || high === null) {
    return [{ step, at, value: Number.NaN }];
  }
  return [{ step, at, value: mean ?? low, ...(low === high ? {} : { low, high }) }];
}
