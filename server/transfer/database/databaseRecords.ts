import { z } from 'zod';
import { type DatasetInput, type ModelLink, modelStatuses } from '../../contract/entities.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../../mlflow/client/carried.ts';
import { modelIdOf } from '../../mlflow/client/loggedModelId.ts';
import { deletedStage, deletedVersion } from '../deletedVersion.ts';
import { type modelRow, type Queries, type registeredRow, type runRow, text, versionRow, whole } from './databaseQueries.ts';

function datasetsOf({ rows, entries }: Queries, runId: string): DatasetInput[] {
  return rows(
    z.object({ input_uuid: z.string(), name: z.string(), digest: z.string(), type: z.string(), source: z.string(), schema: text, profile: text }),
    `SELECT input_uuid, name, digest, dataset_source_type AS type, dataset_source AS source, dataset_schema AS schema, dataset_profile AS profile
     FROM inputs JOIN datasets ON dataset_uuid = source_id
     WHERE destination_id = ? AND destination_type = 'RUN' AND source_type = 'DATASET' ORDER BY inputs.rowid`,
    runId,
  ).map(({ input_uuid: input, type, ...dataset }) => ({
    dataset: { ...dataset, sourceType: type },
    tags: Object.fromEntries(entries('SELECT name AS key, value FROM input_tags WHERE input_uuid = ?', input)),
  }));
}

function linksOf({ rows }: Queries, runId: string): ModelLink[] {
  return rows(
    z.object({ source_type: z.string(), destination_id: z.string(), step: whole }),
    `SELECT source_type, destination_id, step FROM inputs WHERE source_id = ? AND source_type IN ('RUN_INPUT', 'RUN_OUTPUT') ORDER BY rowid`,
    runId,
  ).map(({ source_type: type, destination_id: modelId, step }) => ({ direction: type === 'RUN_INPUT' ? 'input' : 'output', modelId, step }));
}

export function toRun(queries: Queries, row: z.output<typeof runRow>): CarriedRun {
  return {
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
    params: queries.entries('SELECT key, value FROM params WHERE run_uuid = ?', row.run_uuid),
    tags: queries.entries('SELECT key, value FROM tags WHERE run_uuid = ?', row.run_uuid),
    datasets: datasetsOf(queries, row.run_uuid),
    models: linksOf(queries, row.run_uuid),
  };
}

export function toModel(queries: Queries, row: z.output<typeof modelRow>): CarriedModel {
  return {
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
    params: queries.entries('SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = ?', row.model_id),
    tags: queries.entries('SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = ?', row.model_id),
    metrics: queries.rows(
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
  };
}

function toVersion({ entries }: Queries, name: string, row: z.output<typeof versionRow>): CarriedVersion {
  const kept = { version: row.version, user: row.user_id, createdAt: row.creation_time, updatedAt: row.last_updated_time };
  if (row.current_stage === deletedStage) {
    return deletedVersion(kept);
  }
  const location = row.storage_location ?? row.source;
  return {
    ...kept,
    deleted: false,
    stage: row.current_stage,
    description: row.description,
    source: row.source,
    location,
    runId: row.run_id,
    runLink: row.run_link,
    modelId: modelIdOf(row.source, location),
    tags: entries('SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?', name, row.version),
  };
}

export function toRegisteredModel(queries: Queries, row: z.output<typeof registeredRow>): CarriedRegisteredModel {
  return {
    name: row.name,
    description: row.description,
    createdAt: row.creation_time,
    updatedAt: row.last_updated_time,
    tags: queries.entries('SELECT key, value FROM registered_model_tags WHERE name = ?', row.name),
    versions: queries.rows(versionRow, 'SELECT * FROM model_versions WHERE name = ? ORDER BY version', row.name).map((version) => toVersion(queries, row.name, version)),
    aliases: new Map(
      queries.rows(z.object({ alias: z.string(), version: z.number() }), 'SELECT alias, version FROM registered_model_aliases WHERE name = ?', row.name).map(
        ({ alias, version }) => [alias, version],
      ),
    ),
  };
}
