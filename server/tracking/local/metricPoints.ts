import type { Database } from '../../platform/database/database.ts';

/** A point as the table holds it. */
export type RawPoint = [step: number, at: number, value: number, nan: number];

/** The queries of a stretch find what was logged between two steps and two times. */
export type Stretch = [run: number, key: number, fromStep: number, toStep: number, fromTime: number, toTime: number];

/** What a stretch of points has in common. */
export interface Summary {
  readonly count: number;
  readonly numbers: number;
  readonly step: number;
  readonly at: number;
  /** Null where no value is a number. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

type Range = [run: number, key: number, from: number, to: number];

interface PointQuery<P extends unknown[]> {
  get(...parameters: P): RawPoint | undefined;
  all(...parameters: P): RawPoint[];
}

/** Queries of the points of one metric of one run; ranges and stretches have both their ends. */
export interface MetricPoints {
  readonly first: PointQuery<Range>;
  readonly last: PointQuery<Range>;
  /** The one behind so many. */
  readonly beyond: PointQuery<[...Range, number]>;
  /** At most so many. */
  readonly few: PointQuery<[...Range, number]>;
  /** Of one step, the first between two times. */
  readonly atTime: PointQuery<[run: number, key: number, step: number, from: number, to: number]>;
  /** For each target, which is a step in a JSON list, the first point at or behind it. */
  readonly nearest: { all(parameters: { run: number; key: number; to: number; targets: string }): RawPoint[] };
  readonly firstOf: PointQuery<Stretch>;
  readonly lastOf: PointQuery<Stretch>;
  readonly fewOf: PointQuery<[...Stretch, number]>;
  readonly summaryOf: { get(...stretch: Stretch): Summary | undefined };
}

export function prepareMetricPoints(database: Database): MetricPoints {
  const of = 'FROM metric_points WHERE run = ? AND key = ?';
  const order = 'step, at, value, nan';
  const backwards = 'step DESC, at DESC, value DESC, nan DESC';
  const point = <P extends unknown[]>(sql: string): PointQuery<P> =>
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
  return { first, last, beyond, few, atTime, nearest, firstOf, lastOf, fewOf, summaryOf };
}
