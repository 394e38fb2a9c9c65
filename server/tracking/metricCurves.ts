import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../store/database.ts';
import { readValue } from './metricValues.ts';
import type { MetricPoint, Metrics } from './metrics.ts';

export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** Histories of metrics thinned for charts. Cost follows the number of points asked for, not the number logged. */
export interface MetricCurves {
  /** About `limit` points at most, evenly spread over the steps asked for, the first and the last among them; by step. */
  sample(run: number, key: string, limit: number, steps?: StepRange): MetricPoint[];
  /** About `limit` points at most that keep the lowest and the highest value of each stretch, and how many were logged; by step. */
  outline(run: number, key: string, limit: number): Promise<{ points: MetricPoint[]; total: number }>;
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

/** So many short queries are made before others get their turn. */
const queriesPerTurn = 64;

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
  const total = database.prepare<[number, number], { total: number }>(`SELECT count(*) AS total ${of}`);
  const extreme = (which: 'min' | 'max', where: string): { get(...parameters: number[]): RawPoint | undefined } =>
    database.prepare<number[], RawPoint>(`SELECT step, at, ${which}(value), nan ${of} AND nan = 0 AND ${where} HAVING count(*) > 0`).raw();
  const lowOfSteps = extreme('min', 'step BETWEEN ? AND ?');
  const highOfSteps = extreme('max', 'step BETWEEN ? AND ?');
  const lowOfTimes = extreme('min', 'step = ? AND at BETWEEN ? AND ?');
  const highOfTimes = extreme('max', 'step = ? AND at BETWEEN ? AND ?');

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
    async outline(run, key, limit) {
      const id = metrics.keyId(key);
      const size = id === undefined ? 0 : (total.get(run, id)?.total ?? 0);
      if (id === undefined || size <= limit) {
        return { points: id === undefined ? [] : few.all(run, id, everyStep.from, everyStep.to, limit).map(toPoint), total: size };
      }
      const start = first.get(run, id, everyStep.from, everyStep.to);
      const end = last.get(run, id, everyStep.from, everyStep.to);
      if (start === undefined || end === undefined) {
        return { points: [], total: 0 };
      }
      const byTime = start[0] === end[0];
      const axis = byTime ? 1 : 0;
      const buckets = Math.max(1, Math.floor(limit / 2) - 1);
      const borders = [...new Set(spread(start[axis], end[axis] + 1, buckets + 1))];
      const points: RawPoint[] = [start];
      for (const [index, from] of borders.entries()) {
        if (index % queriesPerTurn === queriesPerTurn - 1) {
          await nextTurn();
        }
        const to = (borders[index + 1] ?? end[axis] + 1) - 1;
        const low = byTime ? lowOfTimes.get(run, id, start[0], from, to) : lowOfSteps.get(run, id, from, to);
        const high = byTime ? highOfTimes.get(run, id, start[0], from, to) : highOfSteps.get(run, id, from, to);
        const pair = [low, high].filter((candidate) => candidate !== undefined).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        for (const candidate of pair) {
          if (!samePoint(candidate, points.at(-1))) {
            points.push(candidate);
          }
        }
      }
      return { points: (samePoint(end, points.at(-1)) ? points : [...points, end]).map(toPoint), total: size };
    },
  };
}
