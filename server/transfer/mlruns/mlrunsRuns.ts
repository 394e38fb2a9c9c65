import { createHash } from 'node:crypto';
import path from 'node:path';
import { modelStatuses, type ModelLink } from '../../contract/entities.ts';
import type { CarriedModel, CarriedRun } from '../../mlflow/client/carried.ts';
import { isFolderName, type MlrunsFiles } from './mlrunsFiles.ts';
import { runStatuses } from './mlrunsMeta.ts';

function md5(...parts: readonly string[]): string {
  const hash = createHash('md5');
  parts.forEach((part) => hash.update(part));
  return hash.digest('hex');
}

export function writeRunMeta({ writeMeta }: MlrunsFiles, folder: string, run: CarriedRun, experimentId: string, artifactUri: string): void {
  writeMeta(folder, {
    artifact_uri: artifactUri,
    end_time: run.endedAt ?? null,
    entry_point_name: '',
    experiment_id: experimentId,
    lifecycle_stage: run.stage,
    run_id: run.id,
    run_name: run.name,
    run_uuid: run.id,
    source_name: '',
    source_type: 4,
    source_version: '',
    start_time: run.startedAt,
    status: runStatuses.indexOf(run.status) + 1,
    tags: [],
    user_id: run.user,
    ...(run.stage === 'deleted' ? { deleted_time: run.deletedAt ?? run.endedAt ?? run.startedAt } : {}),
  });
}

export function writeDatasets({ writeMeta }: MlrunsFiles, experiment: string, run: CarriedRun, datasets: CarriedRun['datasets']): void {
  for (const { dataset, tags } of datasets) {
    const id = md5(dataset.name, dataset.digest);
    const { sourceType, schema, profile, ...rest } = dataset;
    writeMeta(path.join(experiment, 'datasets', id), { ...rest, source_type: sourceType, schema: schema ?? null, profile: profile ?? null });
    writeMeta(path.join(experiment, run.id, 'inputs', md5(id, run.id)), {
      source_type: 'DATASET',
      source_id: id,
      destination_type: 'RUN',
      destination_id: id,
      tags,
    });
  }
}

export function writeModelMeta({ writeMeta }: MlrunsFiles, folder: string, model: CarriedModel, experimentId: string, artifactUri: string): void {
  writeMeta(folder, {
    artifact_location: artifactUri,
    creation_timestamp: model.createdAt,
    experiment_id: experimentId,
    last_updated_timestamp: model.updatedAt,
    lifecycle_stage: model.stage,
    model_id: model.id,
    model_type: model.type ?? null,
    name: model.name,
    source_run_id: model.sourceRunId ?? null,
    status: modelStatuses.indexOf(model.status) + 1,
    status_message: model.statusMessage ?? null,
  });
}

/** Says in the folder of a run which models it used and made. */
export function writeLinks({ writeMeta }: MlrunsFiles, folder: string, runId: string, models: readonly ModelLink[]): void {
  for (const { direction, modelId, step } of models) {
    const link = { source_id: modelId, destination_id: modelId, tags: {} };
    if (direction === 'input') {
      writeMeta(path.join(folder, 'inputs', md5(modelId, runId)), { ...link, source_type: 'MODEL', destination_type: 'RUN' });
    } else if (isFolderName(modelId)) {
      writeMeta(path.join(folder, 'outputs', modelId), { ...link, source_type: 'RUN_OUTPUT', destination_type: 'MODEL_OUTPUT', step });
    }
  }
}
