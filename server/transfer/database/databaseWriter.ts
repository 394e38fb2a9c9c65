import SqliteDatabase from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withoutInfinity } from '../../contract/values.ts';
import { Problem } from '../../platform/errors.ts';
import { sqliteBinding } from '../../platform/resources.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { type DatasetInput, modelStatuses } from '../../contract/entities.ts';
import { runConflicts } from '../carry/differences.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import { writeRegisteredModel } from './databaseRegistry.ts';
import { hasWorkspaces } from './databaseWorkspaces.ts';
import { localFolder, writeLocal } from '../../artifacts/localFiles.ts';
import { openMlflowDatabase } from './databaseReader.ts';
import type { CarriedModel, CarriedRun, Place } from '../../mlflow/client/carried.ts';
import type { Placed, StoreWriter } from '../../mlflow/client/storeWriter.ts';
import { defaultWorkspace } from '../workspacesReader.ts';
import { createRows } from './writtenTables.ts';

/** Ids that a whole number holds exactly. */
const exactId = /^\d{1,15}$/;

function uuid(): string {
  return randomUUID().replaceAll('-', '');
}

/** MLflow holds an infinity as the greatest double, and NaN as 0 with a flag. */
function storedValue(value: number): { value: number; is_nan: number } {
  return Number.isNaN(value) ? { value: 0, is_nan: 1 } : { value: withoutInfinity(value), is_nan: 0 };
}

/**
 * Writes to a database that MLflow 3 made (SQLite), whether a server runs on it or not; runs and models keep their ids. Each call is one
 * transaction.
 * @param artifacts the folder of new artifacts, which the database names by `file:` URIs; where an experiment keeps its own in another
 * folder of this machine, or where its server serves them, they go there. Of several workspaces the default one is written
 * @throws Problem `invalid-input` for another file
 */
export function createDatabaseWriter(file: string, artifacts: string): StoreWriter {
  const reader = openMlflowDatabase(file, artifacts, defaultWorkspace);
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, { timeout: 20_000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
  database.pragma('foreign_keys = ON');
  const rows = createRows(database, file);
  const transact = <T>(work: () => T): T => database.transaction(work).immediate();
  const base = path.dirname(file);

  const experimentIds = database.prepare<[], { id: number }>('SELECT experiment_id AS id FROM experiments');
  // What is written without a workspace belongs to the default one.
  const findExperiment = database.prepare<[string], { id: number }>(
    `SELECT experiment_id AS id FROM experiments WHERE name = ?${hasWorkspaces(database) ? ` AND workspace = '${defaultWorkspace}'` : ''}`,
  );
  const locationOf = database.prepare<[number], { location: string | null }>('SELECT artifact_location AS location FROM experiments WHERE experiment_id = ?');
  const endRun = database.prepare<[string, number | null, string]>('UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?');
  const hasRun = database.prepare<[string], { one: number }>('SELECT 1 AS one FROM runs WHERE run_uuid = ?');
  const findDataset = database.prepare<[number, string, string], { id: string }>('SELECT dataset_uuid AS id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?');
  const putPoint = database.prepare<[string, number, number, string, number, number]>('INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)');
  const putLatest = database.prepare<[string, number, number, number, number, string]>(
    `INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
     WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)`,
  );

  const reachable = (uri: string): boolean => pathOfUri(uri) !== undefined || localFolder(uri, base) !== undefined;
  /** Where new files of an experiment go: below its own location where that can be written from here. */
  const placeOf = (experimentId: string, ...below: readonly string[]): string => {
    const own = locationOf.get(Number(experimentId))?.location ?? '';
    const location = own !== '' && reachable(own) ? own : pathToFileURL(path.join(artifacts, experimentId)).href;
    return [location.replace(/\/$/, ''), ...below].join('/');
  };
  const addDatasets = (run: CarriedRun, experimentId: string, datasets: readonly DatasetInput[]): void => {
    for (const { dataset, tags } of datasets) {
      const experiment = Number(experimentId);
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
  const addRunEntries = (run: CarriedRun, experimentId: string, there: CarriedRun | undefined): void => {
    const none: ReadonlyMap<string, string> = new Map();
    newEntries(run.params, there?.params ?? none).forEach((value, key) => rows.insert('params', { key, value, run_uuid: run.id }));
    newEntries(run.tags, there?.tags ?? none).forEach((value, key) => rows.insert('tags', { key, value, run_uuid: run.id }));
    const datasets = new Set(there?.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
    addDatasets(run, experimentId, run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`)));
  };
  const addRun = (run: CarriedRun, experimentId: string, artifactUri: string): void =>
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
    });
  const addModel = (model: CarriedModel, experiment: number, artifactUri: string): void =>
    rows.insert('logged_models', {
      model_id: model.id,
      experiment_id: experiment,
      name: model.name,
      artifact_location: artifactUri,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      status: modelStatuses.indexOf(model.status) + 1,
      lifecycle_stage: model.stage,
      model_type: model.type ?? null,
      source_run_id: model.sourceRunId ?? null,
      status_message: model.statusMessage ?? null,
    });
  const addModelEntries = (model: CarriedModel, experiment: number): void => {
    const owner = { model_id: model.id, experiment_id: experiment };
    model.params.forEach((value, key) => rows.insertNew('logged_model_params', { ...owner, param_key: key, param_value: value }));
    model.tags.forEach((value, key) => rows.insertNew('logged_model_tags', { ...owner, tag_key: key, tag_value: value }));
    for (const { key, at, step, value, runId, datasetName, datasetDigest } of model.metrics) {
      // A metric of a run that is gone has no place there: the comparison at the end names it.
      if (hasRun.get(runId) !== undefined) {
        rows.insertNew('logged_model_metrics', {
          ...owner,
          metric_name: key,
          metric_timestamp_ms: at,
          metric_step: step,
          metric_value: Number.isNaN(value) ? null : value,
          run_id: runId,
          dataset_uuid: findDataset.get(experiment, datasetName ?? '', datasetDigest ?? '')?.id ?? null,
          dataset_name: datasetName ?? null,
          dataset_digest: datasetDigest ?? null,
        });
      }
    }
  };

  return {
    reader: {
      ...reader,
      close() {
        reader.close();
        database.close();
      },
    },
    keepsIds: true,
    experiment(experiment) {
      const there = findExperiment.get(experiment.name)?.id;
      const taken = new Set(experimentIds.all().map(({ id }) => id));
      const wanted = exactId.test(experiment.id) ? Number(experiment.id) : 0;
      const id = there ?? (taken.has(wanted) ? Math.max(...taken) + 1 : wanted);
      transact(() => {
        if (there === undefined) {
          rows.insert('experiments', {
            experiment_id: id,
            name: experiment.name,
            artifact_location: pathToFileURL(path.join(artifacts, String(id))).href,
            lifecycle_stage: experiment.stage,
            creation_time: experiment.createdAt,
            last_update_time: experiment.updatedAt,
          });
        }
        experiment.tags.forEach((value, key) => rows.insertNew('experiment_tags', { key, value, experiment_id: id }));
      });
      return { id: String(id), uri: '', outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    async run(run, experimentId, _known, filesStay): Promise<Placed> {
      const there = await reader.run(experimentId, run.id);
      const uri = there?.artifactUri ?? (filesStay ? run.artifactUri : placeOf(experimentId, run.id, 'artifacts'));
      const conflicts = there === undefined ? [] : runConflicts(run, there);
      if (conflicts.length > 0) {
        return { id: run.id, uri, outcome: 'conflict', findings: conflicts };
      }
      transact(() => {
        if (there === undefined) {
          addRun(run, experimentId, uri);
        } else if (there.status === 'RUNNING' && run.status !== 'RUNNING') {
          endRun.run(run.status, run.endedAt ?? null, run.id);
        }
        addRunEntries(run, there?.experimentId ?? experimentId, there);
      });
      return { id: run.id, uri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    points(_experimentId, runId, points, written) {
      transact(() => {
        for (const { key, step, at, value: given } of points) {
          const { value, is_nan: nan } = storedValue(given);
          putPoint.run(key, value, at, runId, step, nan);
          putLatest.run(key, value, at, step, nan, runId);
        }
      });
      written();
    },
    async model(model, experimentId, _known, filesStay): Promise<Placed> {
      const there = await reader.model(experimentId, model.id);
      const uri = there?.artifactUri ?? (filesStay ? model.artifactUri : placeOf(experimentId, 'models', model.id, 'artifacts'));
      if (there !== undefined && (there.name !== model.name || there.createdAt !== model.createdAt)) {
        return { id: model.id, uri, outcome: 'conflict', findings: ['another model has this id'] };
      }
      const experiment = Number(there?.experimentId ?? experimentId);
      transact(() => {
        if (there === undefined) {
          addModel(model, experiment, uri);
        }
        addModelEntries(model, experiment);
      });
      return { id: model.id, uri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    links(_experimentId, runId, models) {
      transact(() => {
        for (const { direction, modelId, step } of models) {
          const [from, to] = direction === 'input' ? ['RUN_INPUT', 'MODEL_INPUT'] : ['RUN_OUTPUT', 'MODEL_OUTPUT'];
          rows.insertNew('inputs', { input_uuid: uuid(), source_type: from, source_id: runId, destination_type: to, destination_id: modelId, step });
        }
      });
    },
    async file({ uri }: Place, name, content) {
      const served = pathOfUri(uri);
      const folder = served === undefined ? localFolder(uri, base) : path.join(artifacts, served);
      if (folder === undefined) {
        throw new Problem('unavailable', `The artifacts at ${uri} cannot be written from here.`, { remedy: 'Export to the server that runs on the database instead.' });
      }
      await writeLocal(path.join(folder, ...name.split('/')), path.dirname(folder), content);
    },
    finishRun: () => undefined,
    finishModel: () => undefined,
    finishExperiment: () => undefined,
    async registeredModel(model) {
      return writeRegisteredModel(database, rows, model, await reader.registeredModel(model.name));
    },
  };
}
