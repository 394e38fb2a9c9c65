import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import type { LoggedMetric, Metrics } from './metrics.ts';
import { checkBatchLimit, checkKey, limits, truncate } from '../../platform/names.ts';
import type { RunRow, Runs } from './runs.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
}

export interface Batch {
  readonly metrics?: readonly LoggedMetric[];
  readonly params?: readonly Entry[];
  readonly tags?: readonly Entry[];
}

/** Writes to active runs. What was returned from is in the database. */
export interface RunLogging {
  logMetric(runId: string, metric: LoggedMetric): RunRow;
  logParam(runId: string, entry: Entry): RunRow;
  setTag(runId: string, entry: Entry): RunRow;
  /** All of it or nothing. */
  logBatch(runId: string, batch: Batch): RunRow;
}

function collectParams(params: readonly Entry[]): Map<string, string> {
  const values = new Map<string, string>();
  const repeated: string[] = [];
  for (const [index, { key, value }] of params.entries()) {
    checkKey(key, `params[${index}].key`, 'Param key');
    if (values.has(key)) {
      repeated.push(`'${key}'`);
    }
    values.set(key, truncate(value, limits.paramValue));
  }
  if (repeated.length > 0) {
    throw new Problem(
      'invalid-input',
      `Duplicate parameter keys have been submitted: [${repeated.join(', ')}]. Please ensure the request contains only one param value per param key.`,
      { field: 'params' },
    );
  }
  return values;
}

function collectTags(tags: readonly Entry[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, { key, value }] of tags.entries()) {
    checkKey(key, `tags[${index}].key`, `tags[${index}].key`);
    values.set(key, truncate(value, limits.tagValue));
  }
  return values;
}

export function createRunLogging(database: Database, runs: Runs, metrics: Metrics): RunLogging {
  const logMetric = database.transaction((runId: string, metric: LoggedMetric): RunRow => {
    const run = runs.active(runId);
    metrics.put(run, [metric]);
    return run;
  });
  const logBatch = database.transaction(
    (runId: string, points: readonly LoggedMetric[], params: ReadonlyMap<string, string>, tags: ReadonlyMap<string, string>): RunRow => {
      const run = runs.active(runId);
      runs.putParams(run, params);
      metrics.put(run, points);
      runs.putTags(run, tags);
      return run;
    },
  );
  const setTag = database.transaction((runId: string, { key, value }: Entry): RunRow => {
    const run = runs.active(runId);
    runs.putTags(run, new Map([[key, truncate(value, limits.tagValue)]]));
    return run;
  });
  return {
    logMetric(runId, metric) {
      checkKey(metric.key, 'name', 'Metric name');
      metrics.prepareKeys([metric]);
      return logMetric(runId, metric);
    },
    logParam(runId, { key, value }) {
      checkKey(key, 'key', 'Param key');
      return runs.logParam(runId, key, truncate(value, limits.paramValue));
    },
    setTag(runId, entry) {
      checkKey(entry.key, 'key');
      return setTag(runId, entry);
    },
    logBatch(runId, { metrics: points = [], params = [], tags = [] }) {
      for (const [index, { key }] of points.entries()) {
        checkKey(key, `metrics[${index}].name`, 'Metric name');
      }
      const paramValues = collectParams(params);
      const tagValues = collectTags(tags);
      checkBatchLimit('metrics', limits.metricsPerBatch, points.length);
      checkBatchLimit('params', limits.paramsPerBatch, params.length);
      checkBatchLimit('tags', limits.tagsPerBatch, tags.length);
      checkBatchLimit('metrics, params, and tags', limits.entitiesPerBatch, points.length + params.length + tags.length);
      metrics.prepareKeys(points);
      return logBatch(runId, points, paramValues, tagValues);
    },
  };
}
