import SqliteDatabase from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { prepareHome } from '../../../server/platform/home.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { createExperiments } from '../../../server/tracking/local/experiments.ts';
import { createRunLogging } from '../../../server/tracking/local/logging.ts';
import { createMetrics } from '../../../server/tracking/local/metrics.ts';
import { createRuns } from '../../../server/tracking/local/runs.ts';

/** How many metrics, params and tags every run has. */
export interface Shape {
  readonly metrics: number;
  readonly params: number;
  readonly tags: number;
}

const usualShape: Shape = { metrics: 10, params: 10, tags: 5 };
const lot = 500;
const batch = 1000;
const paramsPerBatch = 100;
export const curveKey = 'curve';
export const orderKey = 'metric_0';

export interface Size {
  readonly runs: number;
  /** Points of each metric of each run. */
  readonly points: number;
  /** Steps of the one long curve. */
  readonly curve: number;
}

interface SeededRun {
  readonly metrics: readonly { readonly key: string; readonly value: number }[];
  readonly params: readonly { readonly key: string; readonly value: string }[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Values that are the same in every store and in no order. */
function runOf(index: number, shape: Shape = usualShape): SeededRun {
  return {
    metrics: Array.from({ length: shape.metrics }, (_, key) => ({ key: `metric_${key}`, value: ((index * 7919 + key * 104_729) % 1_000_003) / 1_000_003 })),
    params: Array.from({ length: shape.params }, (_, key) => ({ key: `param_${key}`, value: String((index * 31 + key) % 97) })),
    tags: Array.from({ length: shape.tags }, (_, key) => ({ key: `tag_${key}`, value: `value ${(index + key) % 13}` })),
  };
}

const firstAt = Date.UTC(2026, 0, 1);

/** Writes runs through the stores of tracking to a data home that no companion uses. @returns the id of the run with the long curve */
export function seedHome(home: string, { runs: count, points, curve }: Size, shape: Shape = usualShape): string {
  const database = openDatabase(prepareHome(home).database);
  try {
    const runs = createRuns(database, createExperiments(database));
    const metrics = createMetrics(database);
    const logging = createRunLogging(database, runs, metrics);
    const write = database.transaction((from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        const { metrics: values, params, tags } = runOf(index, shape);
        const { run_id: runId } = runs.create({ experimentId: '0', startedAt: firstAt + index });
        const history = values.flatMap(({ key, value }) =>
          Array.from({ length: points }, (_, step) => ({ key, step, at: firstAt + index + step, value: value + (points - 1 - step) / 1000 })),
        );
        for (let at = 0; at < params.length; at += paramsPerBatch) {
          logging.logBatch(runId, { params: params.slice(at, at + paramsPerBatch) });
        }
        logging.logBatch(runId, { metrics: history, tags });
      }
    });
    metrics.prepareKeys(runOf(0, shape).metrics.map(({ key }) => ({ key, step: 0, at: 0, value: 0 })));
    for (let from = 0; from < count; from += lot) {
      write(from, Math.min(count, from + lot));
    }
    const { run_id: long } = runs.create({ experimentId: '0', startedAt: firstAt });
    for (let from = 0; from < curve; from += batch) {
      logging.logBatch(long, {
        metrics: Array.from({ length: Math.min(batch, curve - from) }, (_, index) => ({
          key: curveKey,
          step: from + index,
          at: firstAt + from + index,
          value: Math.sin((from + index) / 100),
        })),
      });
    }
    return long;
  } finally {
    database.close();
  }
}

/**
 * Writes the same runs to the database of an MLflow server that is stopped; of each metric the last point alone, which is what its searches
 * read. @returns the id of the run with the long curve
 */
export function seedMlflow(file: string, { runs: count, curve }: Size): string {
  const database = new SqliteDatabase(file);
  try {
    const insertRun = database.prepare<[string, string, number, string]>(
      `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage,
         artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', 'bench', 'RUNNING', ?, NULL, '', 'active', ?, 0)`,
    );
    const insertPoint = database.prepare<[string, number, number, number, string]>(
      'INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)',
    );
    const insertLatest = database.prepare<[string, number, number, number, string]>(
      'INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)',
    );
    const insertParam = database.prepare<[string, string, string]>('INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)');
    const insertTag = database.prepare<[string, string, string]>('INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)');
    const addRun = (name: string, at: number): string => {
      const runId = randomUUID().replaceAll('-', '');
      insertRun.run(runId, name, at, `mlflow-artifacts:/0/${runId}/artifacts`);
      insertTag.run('mlflow.runName', name, runId);
      return runId;
    };
    const write = database.transaction(() => {
      for (let index = 0; index < count; index += 1) {
        const runId = addRun(`run-${index}`, firstAt + index);
        const { metrics, params, tags } = runOf(index);
        for (const { key, value } of metrics) {
          insertPoint.run(key, value, firstAt + index, 0, runId);
          insertLatest.run(key, value, firstAt + index, 0, runId);
        }
        params.forEach(({ key, value }) => insertParam.run(key, value, runId));
        tags.forEach(({ key, value }) => insertTag.run(key, value, runId));
      }
      const long = addRun('curve', firstAt);
      for (let step = 0; step < curve; step += 1) {
        insertPoint.run(curveKey, Math.sin(step / 100), firstAt + step, step, long);
      }
      insertLatest.run(curveKey, Math.sin((curve - 1) / 100), firstAt + curve - 1, curve - 1, long);
      return long;
    });
    return write();
  } finally {
    database.close();
  }
}
