import type { Metric, MetricPoint } from '../../contract/entities.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { readValue } from './valueColumns.ts';
import type { RunRow } from './runs.ts';

/** A metric as a client logs it; with a model it belongs to that LoggedModel as well. */
export interface LoggedMetric extends Metric {
  readonly modelId?: string | undefined;
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
}

/** The points of metrics. */
export interface Metrics {
  /** Adds points to a run; a point that is there already is ignored. Call it in a transaction. */
  put(run: RunRow, metrics: readonly LoggedMetric[]): void;
  /** Points in the order of (timestamp, step, value), read as they are taken. */
  history(run: RunRow, key: string, offset?: number, limit?: number): Generator<MetricPoint>;
  /** Takes down names of metrics; call it before the transaction that logs them. */
  prepareKeys(metrics: readonly Metric[]): void;
  /** The id of a metric's name, or undefined when nothing was ever logged under it. */
  keyId(key: string): number | undefined;
  keyName(id: number): string;
}

type RawPoint = [step: number, at: number, value: number, nan: number];

function toPoint([step, at, value, nan]: RawPoint): MetricPoint {
  return { step, at, value: readValue(value, nan) };
}

/** Whether `a` comes after `b` in the order that decides which value is the latest. */
function isLater(a: MetricPoint, b: MetricPoint): boolean {
  if (a.step !== b.step) {
    return a.step > b.step;
  }
  if (a.at !== b.at) {
    return a.at > b.at;
  }
  return Number.isNaN(b.value) ? !Number.isNaN(a.value) : a.value > b.value;
}

export function createMetrics(database: Database): Metrics {
  const selectKey = database.prepare<[string], { id: number }>('SELECT id FROM metric_keys WHERE key = ?');
  const selectName = database.prepare<[number], { key: string }>('SELECT key FROM metric_keys WHERE id = ?');
  const insertKey = database.prepare<[string]>('INSERT INTO metric_keys (key) VALUES (?) ON CONFLICT DO NOTHING');
  const insertPoint = database.prepare<[number, number, number, number, number, number]>(
    'INSERT OR IGNORE INTO metric_points (run, key, step, at, value, nan) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const insertModelPoint = database.prepare<[string, number, number, string, number, number, string | null, string | null, string]>(
    `INSERT OR IGNORE INTO logged_model_metrics (model, key, at, step, run_id, value, nan, dataset_name, dataset_digest)
     SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM logged_models WHERE model_id = ? AND stage = 'active'`,
  );
  const modelExists = database.prepare<[string], { id: number }>(`SELECT id FROM logged_models WHERE model_id = ? AND stage = 'active'`);
  const putLatest = database.prepare<[number, number, number, number, number, number, number]>(
    `INSERT INTO latest_metrics (run, key, experiment, step, at, value, nan) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET step = excluded.step, at = excluded.at, value = excluded.value, nan = excluded.nan
     WHERE (excluded.step, excluded.at, -excluded.nan, excluded.value) > (step, at, -nan, value)`,
  );
  const ids = new Map<string, number>();
  const names = new Map<number, string>();
  const keyId = (key: string): number | undefined => {
    const known = ids.get(key);
    if (known !== undefined) {
      return known;
    }
    const id = selectKey.get(key)?.id;
    // A transaction that added the name may still be undone.
    if (id !== undefined && !database.inTransaction) {
      ids.set(key, id);
      names.set(id, key);
    }
    return id;
  };
  const requireKey = (key: string): number => {
    const known = keyId(key);
    if (known !== undefined) {
      return known;
    }
    insertKey.run(key);
    const id = keyId(key);
    if (id === undefined) {
      throw new TypeError('a name that was inserted has an id');
    }
    return id;
  };

  return {
    prepareKeys(metrics) {
      for (const { key } of metrics) {
        requireKey(key);
      }
    },
    put(run, metrics) {
      const latest = new Map<string, Metric>();
      const models = new Set<string>();
      for (const metric of metrics) {
        const nan = Number.isNaN(metric.value) ? 1 : 0;
        const value = nan === 1 ? 0 : metric.value;
        const before = latest.get(metric.key);
        insertPoint.run(run.id, requireKey(metric.key), metric.step, metric.at, value, nan);
        if (before === undefined || isLater(metric, before)) {
          latest.set(metric.key, metric);
        }
        if (metric.modelId !== undefined) {
          if (!models.has(metric.modelId) && modelExists.get(metric.modelId) === undefined) {
            throw new Problem('not-found', `Logged model with ID '${metric.modelId}' not found.`, { field: 'model_id' });
          }
          models.add(metric.modelId);
          insertModelPoint.run(
            metric.key,
            metric.at,
            metric.step,
            run.run_id,
            value,
            nan,
            metric.datasetName ?? null,
            metric.datasetDigest ?? null,
            metric.modelId,
          );
        }
      }
      for (const { key, step, at, value } of latest.values()) {
        const nan = Number.isNaN(value) ? 1 : 0;
        putLatest.run(run.id, requireKey(key), run.experiment, step, at, nan === 1 ? 0 : value, nan);
      }
    },
    *history(run, key, offset = 0, limit = -1) {
      const id = keyId(key);
      if (id !== undefined) {
        // A statement whose rows are being taken cannot run again: each history has its own.
        const points = database
          .prepare<[number, number, number, number], RawPoint>(
            'SELECT step, at, value, nan FROM metric_points WHERE run = ? AND key = ? ORDER BY at, step, value LIMIT ? OFFSET ?',
          )
          .raw();
        for (const point of points.iterate(run.id, id, limit, offset)) {
          yield toPoint(point);
        }
      }
    },
    keyId,
    keyName(id) {
      const known = names.get(id);
      if (known !== undefined) {
        return known;
      }
      const key = selectName.get(id)?.key ?? '';
      keyId(key);
      return key;
    },
  };
}
