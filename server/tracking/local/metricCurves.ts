import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import { readValue } from './valueColumns.ts';
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

type RawPoint = [step: number, at: number, value: number, nan: number];

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

/** The queries of a stretch find what was logged between two steps and two times. */
type Stretch = [run: number, key: number, fromStep: number, toStep: number, fromTime: number, toTime: number];

interface Summary {
  readonly count: number;
  readonly numbers: number;
  readonly step: number;
  readonly at: number;
  /** Null where no value is a number. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export function createMetricCurves(database: Database, metrics: Metrics): MetricCurves {
  const of = 'FROM metric_points WHERE run = ? AND key = ?';
  const order = 'step, at, value, nan';
  const backwards = 'step DESC, at DESC, value DESC, nan DESC';
  type Range = [run: number, key: number, from: number, to: number];
  const point = <P extends unknown[]>(sql: string): { get(...parameters: P): RawPoint | undefined; all(...parameters: P): RawPoint[] } =>
    database.prepare<P, RawPoint>(`SELECT step, at, value, nan ${of} ${sql}`).raw();
  const first = point<Range>(`AND step BETWEEN ? AND ? ORDER BY ${order} LIMIT 1`);
  const last = point<Range>(`AND step BETWEEN ? AND ? ORDER BY ${backwards} LIMIT 1`);
  const beyond = point<[...Range, number]>(`AND step BETWEEN ? AND ? ORDER BY ${order} LIMIT 1 OFFSET ?`);
  const few = point<[...Range, number]>(`AND step BETWEEN ? AND ? ORDER BY ${order} LIMIT ?`);
  const atTime = point<[number, number, number, number, number]>(`AND step = ? AND at BETWEEN ? AND ? ORDER BY ${order} LIMIT 1`);
  // All targets in one statement: a call for each costs more than the search.
  const nearest = database
    .prepare<{ run: number; key: number; to: number; targets: string }, RawPoint>(
      `WITH chosen AS MATERIALIZED (
         SELECT DISTINCT (
           SELECT step FROM metric_points WHERE run = @run AND key = @key AND step BETWEEN target.value AND @to ORDER BY step LIMIT 1
         ) AS step FROM json_each(@targets) AS target
       )
       SELECT point.step, min(point.at), point.value, point.nan
       FROM chosen CROSS JOIN metric_points AS point ON point.run = @run AND point.key = @key AND point.step = chosen.step
       GROUP BY point.step ORDER BY point.step`,
    )
    .raw();
  const within = 'AND step BETWEEN ? AND ? AND at BETWEEN ? AND ?';
  const firstOf = point<Stretch>(`${within} ORDER BY ${order} LIMIT 1`);
  const lastOf = point<Stretch>(`${within} ORDER BY ${backwards} LIMIT 1`);
  const fewOf = point<[...Stretch, number]>(`${within} ORDER BY ${order} LIMIT ?`);
  // Infinities, and the greatest double that stands for one, would make every mean infinite.
  const finite = 'FILTER (WHERE nan = 0 AND abs(value) < 1.7976931348623157e308)';
  const summaryOf = database.prepare<Stretch, Summary>(
    `SELECT count(*) AS count, count(*) FILTER (WHERE nan = 0) AS numbers, avg(step) AS step, avg(at) AS at,
       avg(value) ${finite} AS mean, min(value) FILTER (WHERE nan = 0) AS low, max(value) FILTER (WHERE nan = 0) AS high
     ${of} ${within}`,
  );
  const turn = createTurns();

  /** Points of one step, spread over their times. */
  const sampleStep = (run: number, key: number, step: number, limit: number): RawPoint[] => {
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
  };

  const sample = (run: number, key: number, limit: number, { from, to }: StepRange): RawPoint[] => {
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
      return Array.from({ length: steps }, (_, index) => sampleStep(run, key, start[0] + index, each)).flat();
    }
    const targets = stretchStarts(steps, limit).slice(0, -1).map((place) => start[0] + place);
    const points = nearest.all({ run, key, to: end[0], targets: JSON.stringify(targets) });
    return samePoint(end, points.at(-1)) ? points : [...points, end];
  };

  const everyStep = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

  return {
    sample(run, key, limit, steps = everyStep) {
      const id = metrics.keyId(key);
      return id === undefined ? [] : sample(run, id, limit, steps).map(toPoint);
    },
    async outline(run, key, limit, window) {
      const id = metrics.keyId(key);
      await turn();
      if (id === undefined) {
        return { points: [], total: 0 };
      }
      const steps = window?.by === 'step' ? window : everyStep;
      const times = window?.by === 'time' ? window : everyStep;
      const whole: Stretch = [run, id, steps.from, steps.to, times.from, times.to];
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
        const summary = byTime ? summaryOf.get(run, id, start[0], start[0], border, last) : summaryOf.get(run, id, border, last, times.from, times.to);
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
    },
  };
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
