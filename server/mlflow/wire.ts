import type { ModelVersionRow } from '../registry/local/modelVersions.ts';
import type { RegisteredModelRow } from '../registry/local/registeredModels.ts';
import type { StoredExperiment } from '../tracking/local/experiments.ts';
import type { LoggedModel } from '../tracking/local/loggedModels.ts';
import { toWire } from '../contract/metricValues.ts';
import type { RunRow } from '../tracking/local/runs.ts';

/** Entities in MLflow's JSON: what is unset and lists without items are left out. */

type Entries = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

export function list<T>(name: string, items: readonly T[]): Record<string, readonly T[]> {
  return items.length === 0 ? {} : { [name]: items };
}

export function optional(name: string, value: string | number | null | undefined): Record<string, string | number> {
  return value === null || value === undefined ? {} : { [name]: value };
}

function isMap(entries: Entries): entries is ReadonlyMap<string, string> {
  return entries instanceof Map;
}

export function pairs(entries: Entries): { key: string; value: string }[] {
  const all = isMap(entries) ? [...entries] : Object.entries(entries);
  return all.map(([key, value]) => ({ key, value }));
}

export function experimentWire(experiment: StoredExperiment): object {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.stage,
    last_update_time: experiment.updatedAt,
    creation_time: experiment.createdAt,
    ...list('tags', pairs(experiment.tags)),
  };
}

export function runInfoWire(row: RunRow): object {
  return {
    run_uuid: row.run_id,
    experiment_id: String(row.experiment),
    run_name: row.name,
    user_id: row.user_id,
    status: row.status,
    start_time: row.started_at,
    ...optional('end_time', row.ended_at),
    artifact_uri: row.artifact_uri,
    lifecycle_stage: row.stage,
    run_id: row.run_id,
  };
}

export function loggedModelWire({ row, params, tags, metrics }: LoggedModel): object {
  const wire = metrics.map(({ key, value, at, step, runId, datasetName, datasetDigest }) => ({
    key,
    value: toWire(value),
    timestamp: at,
    step,
    ...optional('dataset_name', datasetName),
    ...optional('dataset_digest', datasetDigest),
    model_id: row.model_id,
    run_id: runId,
  }));
  return {
    info: {
      model_id: row.model_id,
      experiment_id: String(row.experiment),
      name: row.name,
      creation_timestamp_ms: row.created_at,
      last_updated_timestamp_ms: row.updated_at,
      artifact_uri: row.artifact_uri,
      status: row.status,
      model_type: row.model_type ?? '',
      source_run_id: row.source_run_id ?? '',
      ...optional('status_message', row.status_message),
      ...list('tags', pairs(tags)),
    },
    data: { ...list('params', pairs(params)), ...list('metrics', wire) },
  };
}

export function modelVersionWire(row: ModelVersionRow, tags: Entries, aliases: readonly string[]): object {
  return {
    name: row.name,
    version: String(row.version),
    creation_timestamp: row.created_at,
    last_updated_timestamp: row.updated_at,
    ...optional('user_id', row.user_id),
    current_stage: row.stage,
    description: row.description ?? '',
    source: row.source ?? '',
    run_id: row.run_id ?? '',
    status: 'READY',
    ...list('tags', pairs(tags)),
    run_link: row.run_link ?? '',
    ...list('aliases', aliases),
    ...optional('model_id', row.model_id),
  };
}

export function registeredModelWire(
  row: RegisteredModelRow,
  tags: Entries,
  aliases: ReadonlyMap<string, number>,
  latest: readonly object[],
): object {
  return {
    name: row.name,
    creation_timestamp: row.created_at,
    last_updated_timestamp: row.updated_at,
    ...optional('description', row.description === '' ? undefined : row.description),
    ...list('latest_versions', latest),
    ...list('tags', pairs(tags)),
    ...list(
      'aliases',
      [...aliases].map(([alias, version]) => ({ alias, version: String(version) })),
    ),
  };
}
