import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { type Metric, type DatasetInput, type ModelLink, modelStatuses } from '../../contract/entities.ts';
import { lookAtWorkspace } from './databaseWorkspaces.ts';
import { openReadonly, readTables } from './readonlyDatabase.ts';
import { modelIdOf } from '../../mlflow/client/loggedModelId.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { defaultWorkspace } from '../workspacesReader.ts';

const stage = z.enum(['active', 'deleted']).catch('active');
const text = z.string().nullish().transform((value) => value ?? undefined);
const required = z.string().nullish().transform((value) => value ?? '');
const whole = z.number().nullish().transform((value) => value ?? 0);
const experimentRow = z.object({ experiment_id: z.number(), name: z.string(), lifecycle_stage: stage, creation_time: whole, last_update_time: whole });
const runRow = z.object({
  run_uuid: z.string(),
  name: required,
  user_id: required,
  status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']).catch('RUNNING'),
  start_time: whole,
  end_time: z.number().nullish().transform((value) => value ?? undefined),
  lifecycle_stage: stage,
  deleted_time: z.number().nullish().transform((value) => value ?? undefined),
  artifact_uri: required,
  experiment_id: z.number(),
});
const modelRow = z.object({
  model_id: z.string(),
  experiment_id: z.number(),
  name: z.string(),
  artifact_location: z.string(),
  creation_timestamp_ms: z.number(),
  last_updated_timestamp_ms: z.number(),
  status: z.number(),
  lifecycle_stage: stage,
  model_type: text,
  source_run_id: text,
  status_message: text,
});
const registeredRow = z.object({ name: z.string(), creation_time: whole, last_updated_time: whole, description: text });
const versionRow = z.object({
  version: z.number(),
  creation_time: whole,
  last_updated_time: whole,
  description: text,
  user_id: text,
  current_stage: z.string().nullish().transform((value) => value ?? 'None'),
  source: required,
  run_id: text,
  run_link: text,
  storage_location: text,
});

const lot = 5000;
const page = 500;

/**
 * Reads one workspace of a database that MLflow 3 made (SQLite), without writing to it. Runs and models are found by their id in any.
 * @param proxied where `mlflow-artifacts:` lies; by default the folder `mlartifacts` beside the database
 * @throws Problem `invalid-input` for another file
 */
export function openMlflowDatabase(file: string, proxied: MlflowClient | string | undefined, workspace = defaultWorkspace): StoreReader {
  const database = openReadonly(file);
  const tables = readTables(database);
  const missing = ['experiments', 'runs', 'metrics', 'params', 'tags', 'logged_models', 'registered_models', 'model_versions'].filter((name) => !tables.has(name));
  if (missing.length > 0) {
    database.close();
    throw new Problem('invalid-input', `${file} is not a database of MLflow 3: it has no table ${missing.join(', ')}.`, {
      field: 'location',
      remedy: `Bring an older one up to date with "mlflow db upgrade sqlite:///${file}".`,
    });
  }
  lookAtWorkspace(database, workspace);
  const base = path.dirname(path.resolve(file));
  const beside = path.join(base, 'mlartifacts');
  const access = createPlaceFiles({ base, proxied: proxied ?? (existsSync(beside) ? beside : undefined) });

  const rows = <S extends z.ZodType>(schema: S, sql: string, ...values: (string | number)[]): z.output<S>[] =>
    database.prepare<(string | number)[]>(sql).all(...values).map((row) => schema.parse(row));
  const pair = z.object({ key: z.string(), value: required });
  const entries = (sql: string, ...values: (string | number)[]): Map<string, string> => new Map(rows(pair, sql, ...values).map(({ key, value }) => [key, value]));

  const datasetsOf = (runId: string): DatasetInput[] =>
    rows(
      z.object({ input_uuid: z.string(), name: z.string(), digest: z.string(), type: z.string(), source: z.string(), schema: text, profile: text }),
      `SELECT input_uuid, name, digest, dataset_source_type AS type, dataset_source AS source, dataset_schema AS schema, dataset_profile AS profile
       FROM inputs JOIN datasets ON dataset_uuid = source_id
       WHERE destination_id = ? AND destination_type = 'RUN' AND source_type = 'DATASET' ORDER BY inputs.rowid`,
      runId,
    ).map(({ input_uuid: input, type, ...dataset }) => ({
      dataset: { ...dataset, sourceType: type },
      tags: Object.fromEntries(entries('SELECT name AS key, value FROM input_tags WHERE input_uuid = ?', input)),
    }));
  const linksOf = (runId: string): ModelLink[] =>
    rows(
      z.object({ source_type: z.string(), destination_id: z.string(), step: whole }),
      `SELECT source_type, destination_id, step FROM inputs WHERE source_id = ? AND source_type IN ('RUN_INPUT', 'RUN_OUTPUT') ORDER BY rowid`,
      runId,
    ).map(({ source_type: type, destination_id: modelId, step }) => ({ direction: type === 'RUN_INPUT' ? 'input' : 'output', modelId, step }));
  const toRun = (row: z.output<typeof runRow>): CarriedRun => ({
    id: row.run_uuid,
    experimentId: String(row.experiment_id),
    name: row.name,
    user: row.user_id,
    status: row.status,
    startedAt: row.start_time,
    endedAt: row.end_time,
    stage: row.lifecycle_stage,
    deletedAt: row.deleted_time,
    artifactUri: row.artifact_uri,
    params: entries('SELECT key, value FROM params WHERE run_uuid = ?', row.run_uuid),
    tags: entries('SELECT key, value FROM tags WHERE run_uuid = ?', row.run_uuid),
    datasets: datasetsOf(row.run_uuid),
    models: linksOf(row.run_uuid),
  });
  const toModel = (row: z.output<typeof modelRow>): CarriedModel => ({
    id: row.model_id,
    experimentId: String(row.experiment_id),
    name: row.name,
    type: row.model_type,
    sourceRunId: row.source_run_id,
    status: modelStatuses[row.status - 1] ?? 'LOGGED_MODEL_READY',
    statusMessage: row.status_message,
    stage: row.lifecycle_stage,
    artifactUri: row.artifact_location,
    createdAt: row.creation_timestamp_ms,
    updatedAt: row.last_updated_timestamp_ms,
    params: entries('SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = ?', row.model_id),
    tags: entries('SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = ?', row.model_id),
    metrics: rows(
      z.object({ key: z.string(), at: z.number(), step: z.number(), value: z.number().nullable(), run: z.string(), dataset: text, digest: text, nan: z.number().nullable() }),
      `SELECT metric_name AS key, metric_timestamp_ms AS at, metric_step AS step, metric_value AS value, run_id AS run, dataset_name AS dataset, dataset_digest AS digest,
         metric_value = 0 AND EXISTS (SELECT 1 FROM metrics WHERE run_uuid = run_id AND key = metric_name AND timestamp = metric_timestamp_ms AND step = metric_step AND is_nan) AS nan
       FROM logged_model_metrics WHERE model_id = ?`,
      row.model_id,
    ).map(({ value, run, dataset, digest, nan, ...metric }) => ({
      ...metric,
      // MLflow keeps a NaN of a model as 0; that of the run, which is logged with it, says so.
      value: value === null || nan === 1 ? Number.NaN : value,
      runId: run,
      datasetName: dataset,
      datasetDigest: digest,
    })),
  });
  const toVersion = (name: string, row: z.output<typeof versionRow>): CarriedVersion => {
    const deleted = row.current_stage === 'Deleted_Internal';
    const location = row.storage_location ?? row.source;
    return {
      version: row.version,
      deleted,
      stage: deleted ? 'None' : row.current_stage,
      description: deleted ? undefined : row.description,
      user: row.user_id,
      source: deleted ? '' : row.source,
      location: deleted ? '' : location,
      runId: deleted ? undefined : row.run_id,
      runLink: deleted ? undefined : row.run_link,
      modelId: deleted ? undefined : modelIdOf(row.source, location),
      createdAt: row.creation_time,
      updatedAt: row.last_updated_time,
      tags: deleted ? new Map() : entries('SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?', name, row.version),
    };
  };
  const toRegisteredModel = (row: z.output<typeof registeredRow>): CarriedRegisteredModel => ({
    name: row.name,
    description: row.description,
    createdAt: row.creation_time,
    updatedAt: row.last_updated_time,
    tags: entries('SELECT key, value FROM registered_model_tags WHERE name = ?', row.name),
    versions: rows(versionRow, 'SELECT * FROM model_versions WHERE name = ? ORDER BY version', row.name).map((version) => toVersion(row.name, version)),
    aliases: new Map(
      rows(z.object({ alias: z.string(), version: z.number() }), 'SELECT alias, version FROM registered_model_aliases WHERE name = ?', row.name).map(
        ({ alias, version }) => [alias, version],
      ),
    ),
  });
  const countOf = (table: string): number => (tables.has(table) ? (database.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM main.${table}`).get()?.rows ?? 0) : 0);
  const points = database
    .prepare<[string, number, number], [number, string, number, number, number, number]>(
      'SELECT rowid, key, step, timestamp, value, is_nan FROM metrics WHERE run_uuid = ? AND rowid > ? ORDER BY rowid LIMIT ?',
    )
    .raw();

  return {
    ...access,
    countRuns: () => database.prepare<[], { rows: number }>('SELECT count(*) AS rows FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments)').get()?.rows,
    notes: () =>
      [
        ['trace_info', 'traces'],
        ['evaluation_datasets', 'evaluation datasets'],
        ['scorers', 'scorers'],
        ['webhooks', 'webhooks'],
      ].flatMap(([table = '', what = '']) => (countOf(table) === 0 ? [] : [`${countOf(table)} ${what} are not carried: Slipway does not keep them.`])),
    *experiments(): Generator<CarriedExperiment> {
      for (const row of rows(experimentRow, 'SELECT * FROM experiments ORDER BY experiment_id')) {
        yield {
          id: String(row.experiment_id),
          name: row.name,
          stage: row.lifecycle_stage,
          createdAt: row.creation_time,
          updatedAt: row.last_update_time,
          tags: entries('SELECT key, value FROM experiment_tags WHERE experiment_id = ?', row.experiment_id),
        };
      }
    },
    *runs(experimentId) {
      for (let offset = ''; ; ) {
        const found = rows(runRow, 'SELECT * FROM runs WHERE experiment_id = ? AND run_uuid > ? ORDER BY run_uuid LIMIT ?', Number(experimentId), offset, page);
        for (const row of found) {
          yield toRun(row);
        }
        const last = found.at(-1);
        if (last === undefined) {
          return;
        }
        offset = last.run_uuid;
      }
    },
    run(_experimentId, runId) {
      const [row] = rows(runRow, 'SELECT * FROM runs WHERE run_uuid = ?', runId);
      return row === undefined ? undefined : toRun(row);
    },
    *points({ id }) {
      let after = 0;
      for (;;) {
        const found = points.all(id, after, lot);
        const last = found.at(-1);
        if (last === undefined) {
          return;
        }
        after = last[0];
        yield found.map(([, key, step, at, value, nan]): Metric => ({ key, step, at, value: nan === 0 ? value : Number.NaN }));
      }
    },
    *models(experimentId) {
      for (const row of rows(modelRow, 'SELECT * FROM logged_models WHERE experiment_id = ? ORDER BY creation_timestamp_ms, model_id', Number(experimentId))) {
        yield toModel(row);
      }
    },
    model(_experimentId, modelId) {
      const [row] = rows(modelRow, 'SELECT * FROM logged_models WHERE model_id = ?', modelId);
      return row === undefined ? undefined : toModel(row);
    },
    *registeredModels() {
      for (const row of rows(registeredRow, 'SELECT * FROM registered_models ORDER BY creation_time, name')) {
        yield toRegisteredModel(row);
      }
    },
    registeredModel(name) {
      const [row] = rows(registeredRow, 'SELECT * FROM registered_models WHERE name = ?', name);
      return row === undefined ? undefined : toRegisteredModel(row);
    },
    close: () => void database.close(),
  };
}
