import type { CarriedModel, CarriedRegisteredModel, CarriedRun } from '../../mlflow/client/carried.ts';
import type { RegisteredModelRow } from '../../registry/local/registeredModels.ts';
import type { LoggedModelRowWithStage } from '../../tracking/local/contents.ts';
import type { RunDetails } from '../../tracking/local/runDetails.ts';
import type { OwnStores } from './ownStores.ts';

export function toRun({ contents }: OwnStores, { row, params, tags, datasets, models: linked }: RunDetails): CarriedRun {
  return {
    id: row.run_id,
    experimentId: String(row.experiment),
    name: row.name,
    user: row.user_id,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    stage: row.stage,
    deletedAt: contents.deletedAt(row),
    artifactUri: row.artifact_uri,
    params,
    tags,
    datasets,
    models: linked,
  };
}

export function toModels({ models }: OwnStores, rows: readonly LoggedModelRowWithStage[]): CarriedModel[] {
  const stages = new Map(rows.map(({ id, stage }) => [id, stage]));
  return models.describe(rows).map(({ row, params, tags, metrics }) => ({
    id: row.model_id,
    experimentId: String(row.experiment),
    name: row.name,
    type: row.model_type ?? undefined,
    sourceRunId: row.source_run_id ?? undefined,
    status: row.status,
    statusMessage: row.status_message ?? undefined,
    stage: stages.get(row.id) ?? 'active',
    artifactUri: row.artifact_uri,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    params,
    tags,
    metrics,
  }));
}

export function toRegisteredModel({ registeredModels, registry, versions, aliases }: OwnStores, row: RegisteredModelRow): CarriedRegisteredModel {
  const tags = versions.tags(row.id);
  return {
    name: row.name,
    description: row.description ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    tags: registeredModels.tags(row.id),
    versions: registry.versions(row.id).map((version) => ({
      version: version.version,
      deleted: version.deleted_at !== null,
      stage: version.stage,
      description: version.description ?? undefined,
      user: version.user_id ?? undefined,
      source: version.source ?? '',
      location: version.storage_location ?? '',
      runId: version.run_id ?? undefined,
      runLink: version.run_link ?? undefined,
      modelId: version.model_id ?? undefined,
      createdAt: version.created_at,
      updatedAt: version.updated_at,
      tags: tags.get(version.version) ?? new Map<string, string>(),
    })),
    aliases: aliases.ofModel(row.id),
  };
}
