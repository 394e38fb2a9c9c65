import type { Database } from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import type { DatasetInput, Metric, ModelLink } from '../../contract/entities.ts';
import { withoutInfinity } from '../../contract/values.ts';
import type { CarriedRun } from '../../mlflow/client/carried.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import type { Rows } from './writtenTables.ts';

/** Puts runs into MLflow's tables, each call a part of the caller's transaction. */
export interface RunRows {
  add(run: CarriedRun, experimentId: string, artifactUri: string): void;
  /** Says how a run ended that the database has as running. */
  end(run: CarriedRun): void;
  /** Params, tags and datasets that the database lacks. @param there what it holds of the run */
  addEntries(run: CarriedRun, experimentId: string, there: CarriedRun | undefined): void;
  /** Leaves a point that is there as it is. */
  putPoint(runId: string, point: Metric): void;
  addLink(runId: string, link: ModelLink): void;
}

function uuid(): string {
  return randomUUID().replaceAll('-', '');
}

/** MLflow holds an infinity as the greatest double, and NaN as 0 with a flag. */
function storedValue(value: number): { value: number; is_nan: number } {
  return Number.isNaN(value) ? { value: 0, is_nan: 1 } : { value: withoutInfinity(value), is_nan: 0 };
}

const none: ReadonlyMap<string, string> = new Map();

export function createRunRows(database: Database, rows: Rows): RunRows {
  const endRun = database.prepare<[string, number | null, string]>('UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?');
  const findDataset = database.prepare<[number, string, string], { id: string }>('SELECT dataset_uuid AS id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?');
  const insertPoint = database.prepare<[string, number, number, string, number, number]>('INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)');
  const putLatest = database.prepare<[string, number, number, number, number, string]>(
    `INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
     WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)`,
  );

  const addDatasets = (run: CarriedRun, experiment: number, datasets: readonly DatasetInput[]): void => {
    for (const { dataset, tags } of datasets) {
      const known = findDataset.get(experiment, dataset.name, dataset.digest)?.id;
      const id = known ?? uuid();
      if (known === undefined) {
        rows.insert('datasets', {
          dataset_uuid: id,
          experiment_id: experiment,
          name: dataset.name,
          digest: dataset.digest,
          dataset_source_type: dataset.sourceType,
          dataset_source: dataset.source,
          dataset_schema: dataset.schema ?? null,
          dataset_profile: dataset.profile ?? null,
        });
      }
      const input = uuid();
      rows.insert('inputs', { input_uuid: input, source_type: 'DATASET', source_id: id, destination_type: 'RUN', destination_id: run.id, step: 0 });
      Object.entries(tags).forEach(([name, value]) => rows.insert('input_tags', { input_uuid: input, name, value }));
    }
  };

  return {
    add: (run, experimentId, artifactUri) =>
      rows.insert('runs', {
        run_uuid: run.id,
        name: run.name,
        source_type: 'UNKNOWN',
        source_name: '',
        entry_point_name: '',
        user_id: run.user,
        status: run.status,
        start_time: run.startedAt,
        end_time: run.endedAt ?? null,
        source_version: '',
        lifecycle_stage: run.stage,
        artifact_uri: artifactUri,
        experiment_id: Number(experimentId),
        deleted_time: run.stage === 'deleted' ? (run.deletedAt ?? run.endedAt ?? run.startedAt) : null,
      }),
    end: (run) => void endRun.run(run.status, run.endedAt ?? null, run.id),
    addEntries(run, experimentId, there) {
      newEntries(run.params, there?.params ?? none).forEach((value, key) => rows.insert('params', { key, value, run_uuid: run.id }));
      newEntries(run.tags, there?.tags ?? none).forEach((value, key) => rows.insert('tags', { key, value, run_uuid: run.id }));
      const datasets = new Set(there?.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
      addDatasets(run, Number(experimentId), run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`)));
    },
    putPoint(runId, { key, step, at, value: given }) {
      const { value, is_nan: nan } = storedValue(given);
      insertPoint.run(key, value, at, runId, step, nan);
      putLatest.run(key, value, at, step, nan, runId);
    },
    addLink(runId, { direction, modelId, step }) {
      const [from, to] = direction === 'input' ? ['RUN_INPUT', 'MODEL_INPUT'] : ['RUN_OUTPUT', 'MODEL_OUTPUT'];
      rows.insertNew('inputs', { input_uuid: uuid(), source_type: from, source_id: runId, destination_type: to, destination_id: modelId, step });
    },
  };
}
