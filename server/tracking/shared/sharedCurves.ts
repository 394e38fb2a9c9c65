import { z } from 'zod';
import type { CurvePoint, MetricSeries } from '../../contract/tracking.ts';
import type { CurveWindow } from '../local/metricCurves.ts';
import { toWire } from '../../contract/metricValues.ts';
import type { Metric } from '../../contract/entities.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { metricWire } from '../../mlflow/client/answers.ts';

/** Histories of metrics, or a window of them, thinned by a shared server to about `maxPoints` a run, evenly over the steps. */
export type SharedCurves = (runIds: readonly string[], keys: readonly string[], maxPoints: number, window?: CurveWindow) => Promise<MetricSeries[]>;

/** MLflow's own bound. */
const mostPoints = 2500;

const curvePage = z.object({ metrics: z.array(z.object({ run_id: z.string() }).loose()).default([]) });

interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** The steps between which a time window lies: from the last point before it to the first one after it. */
function stepsOf(points: readonly Metric[], { from, to }: CurveWindow): StepRange | undefined {
  const inside = points.findIndex(({ at }) => at >= from && at <= to);
  if (inside === -1) {
    const after = points.findIndex(({ at }) => at > to);
    return after <= 0 ? undefined : { from: points[after - 1]?.step ?? 0, to: points[after]?.step ?? 0 };
  }
  const last = points.findLastIndex(({ at }) => at >= from && at <= to);
  return { from: (points[inside - 1] ?? points[inside])?.step ?? 0, to: (points[last + 1] ?? points[last])?.step ?? 0 };
}

function curvePoint({ step, at, value }: Metric): CurvePoint {
  return { step, timestamp: at, value: toWire(value) };
}

export function createSharedCurves(client: MlflowClient): SharedCurves {
  const fetch = async (runIds: readonly string[], key: string, maxPoints: number, steps?: StepRange): Promise<ReadonlyMap<string, readonly Metric[]>> => {
    const range: Record<string, string> = steps === undefined ? {} : { start_step: String(Math.ceil(steps.from)), end_step: String(Math.floor(steps.to)) };
    const query = { run_ids: runIds, metric_key: key, max_results: String(Math.min(maxPoints, mostPoints)), ...range };
    const { metrics } = await client.get('/metrics/get-history-bulk-interval', query, curvePage);
    const byRun = new Map<string, Metric[]>();
    for (const { run_id: runId, ...metric } of metrics) {
      byRun.set(runId, [...(byRun.get(runId) ?? []), metricWire.parse(metric)]);
    }
    return byRun;
  };
  /** The server knows windows of steps alone: those of a time window differ from run to run. */
  const fetchTimes = async (runIds: readonly string[], key: string, maxPoints: number, window: CurveWindow): Promise<ReadonlyMap<string, readonly Metric[]>> => {
    const whole = await fetch(runIds, key, mostPoints);
    const found = await Promise.all(
      [...whole].map(async ([runId, points]) => {
        const steps = stepsOf(points, window);
        const within = steps === undefined ? [] : ((await fetch([runId], key, maxPoints, steps)).get(runId) ?? []);
        return [runId, within.filter(({ at }) => at >= window.from && at <= window.to)] as const;
      }),
    );
    return new Map(found);
  };
  const fetchWindow = (runIds: readonly string[], key: string, maxPoints: number, window: CurveWindow | undefined): Promise<ReadonlyMap<string, readonly Metric[]>> => {
    if (window?.by === 'time') {
      return fetchTimes(runIds, key, maxPoints, window);
    }
    return window !== undefined && Math.ceil(window.from) > Math.floor(window.to) ? Promise.resolve(new Map()) : fetch(runIds, key, maxPoints, window);
  };

  return async (runIds, keys, maxPoints, window) => {
    const found = await Promise.all(keys.map(async (key) => [key, await fetchWindow(runIds, key, maxPoints, window)] as const));
    return runIds.flatMap((runId) =>
      found.flatMap(([key, byRun]): MetricSeries[] => {
        const points = byRun.get(runId) ?? [];
        return points.length === 0 ? [] : [{ runId, key, total: points.length, points: points.map(curvePoint) }];
      }),
    );
  };
}
