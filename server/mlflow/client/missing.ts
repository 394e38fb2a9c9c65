import { withoutInfinity } from '../../contract/values.ts';
import type { CarriedModel } from './carried.ts';

/** Says on a target where a run or version came from. */
export const originTag = 'slipway.exported.from';

/** Entries of the source that the target has not under that key. */
export function newEntries(source: ReadonlyMap<string, string>, target: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...source].filter(([key]) => !target.has(key)));
}

/** Metrics of a model that the target lacks. @param runId names a run of the source as the target does */
export function missingModelMetrics(source: CarriedModel, target: CarriedModel, runId: (id: string) => string = (id) => id): CarriedModel['metrics'] {
  // MLflow keeps a NaN of a model as 0.
  const point = ({ key, at, step, value }: CarriedModel['metrics'][number], id: string): string => JSON.stringify([key, at, step, comparedValue(value || 0), id]);
  const known = new Set(target.metrics.map((metric) => point(metric, metric.runId)));
  return source.metrics.filter((metric) => !known.has(point(metric, runId(metric.runId))));
}

/** MLflow's database holds an infinity as the greatest double. */
export function comparedValue(value: number): string {
  return Number.isNaN(value) ? 'NaN' : String(withoutInfinity(value) + 0);
}
