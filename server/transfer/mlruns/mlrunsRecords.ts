import path from 'node:path';
import { type DatasetInput, type ModelLink, modelStatuses } from '../../contract/entities.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../../mlflow/client/carried.ts';
import { modelIdOf } from '../../mlflow/client/loggedModelId.ts';
import { deletedStage, deletedVersion } from '../deletedVersion.ts';
import { experimentFolder, type MlrunsFolders, toPoint } from './mlrunsFolders.ts';
import { isFolderName } from './mlrunsFiles.ts';
import { datasetMeta, linkMeta, modelMeta, registeredMeta, runMeta, runStatuses, versionMeta } from './mlrunsMeta.ts';

export function readRun({ folders, entries, meta }: MlrunsFolders, root: string, experimentId: string, id: string): CarriedRun | undefined {
  const experiment = experimentFolder(root, experimentId);
  const folder = path.join(experiment, id);
  const found = meta(folder, runMeta);
  if (found === undefined) {
    return undefined;
  }
  const datasets: DatasetInput[] = [];
  const models: ModelLink[] = [];
  for (const name of folders(path.join(folder, 'inputs'))) {
    const link = meta(path.join(folder, 'inputs', name), linkMeta);
    if (link?.source_type === 'MODEL') {
      models.push({ direction: 'input', modelId: link.source_id, step: 0 });
    }
    const dataset = link?.source_type === 'DATASET' && isFolderName(link.source_id) ? meta(path.join(experiment, 'datasets', link.source_id), datasetMeta) : undefined;
    if (link !== undefined && dataset !== undefined) {
      const { source_type: sourceType, ...rest } = dataset;
      datasets.push({ dataset: { ...rest, sourceType }, tags: link.tags });
    }
  }
  for (const name of folders(path.join(folder, 'outputs'))) {
    const link = meta(path.join(folder, 'outputs', name), linkMeta);
    if (link !== undefined) {
      models.push({ direction: 'output', modelId: link.source_id, step: link.step });
    }
  }
  return {
    id,
    experimentId,
    name: found.run_name,
    user: found.user_id,
    status: runStatuses[found.status - 1] ?? 'RUNNING',
    startedAt: found.start_time,
    endedAt: found.end_time,
    stage: found.lifecycle_stage,
    deletedAt: found.deleted_time,
    artifactUri: found.artifact_uri,
    params: entries(path.join(folder, 'params')),
    tags: entries(path.join(folder, 'tags')),
    datasets,
    models,
  };
}

export function readModel({ files, entries, lines, meta }: MlrunsFolders, root: string, experimentId: string, id: string): CarriedModel | undefined {
  const folder = path.join(experimentFolder(root, experimentId), 'models', id);
  const found = meta(folder, modelMeta);
  const metrics = path.join(folder, 'metrics');
  return found === undefined
    ? undefined
    : {
        id,
        experimentId,
        name: found.name,
        type: found.model_type,
        sourceRunId: found.source_run_id,
        status: modelStatuses[found.status - 1] ?? 'LOGGED_MODEL_READY',
        statusMessage: found.status_message,
        stage: found.lifecycle_stage,
        artifactUri: found.artifact_location,
        createdAt: found.creation_timestamp,
        updatedAt: found.last_updated_timestamp,
        params: entries(path.join(folder, 'params')),
        tags: entries(path.join(folder, 'tags')),
        metrics: files(metrics).flatMap((key) =>
          [...lines(metrics, key)].map((words) => ({ ...toPoint(key, words), runId: words[3] ?? '', datasetName: words[4], datasetDigest: words[5] })),
        ),
      };
}

function readVersion({ entries, meta }: MlrunsFolders, folder: string): CarriedVersion | undefined {
  const found = meta(folder, versionMeta);
  if (found === undefined) {
    return undefined;
  }
  const kept = { version: found.version, user: found.user_id, createdAt: found.creation_timestamp, updatedAt: found.last_updated_timestamp };
  if (found.current_stage === deletedStage) {
    return deletedVersion(kept);
  }
  const location = found.storage_location === '' ? found.source : found.storage_location;
  return {
    ...kept,
    deleted: false,
    stage: found.current_stage,
    description: found.description,
    source: found.source,
    location,
    runId: found.run_id,
    runLink: found.run_link,
    modelId: found.model_id ?? modelIdOf(found.source, location),
    tags: entries(path.join(folder, 'tags')),
  };
}

export function readRegisteredModel(disk: MlrunsFolders, root: string, name: string): CarriedRegisteredModel | undefined {
  const { folders, entries, meta } = disk;
  const folder = path.join(root, 'models', name);
  const found = meta(folder, registeredMeta);
  return found === undefined
    ? undefined
    : {
        name: found.name,
        description: found.description,
        createdAt: found.creation_timestamp,
        updatedAt: found.last_updated_timestamp,
        tags: entries(path.join(folder, 'tags')),
        versions: folders(folder)
          .filter((item) => item.startsWith('version-'))
          .flatMap((item) => readVersion(disk, path.join(folder, item)) ?? [])
          .sort((a, b) => a.version - b.version),
        aliases: new Map([...entries(path.join(folder, 'aliases'))].map(([alias, version]) => [alias, Number(version)])),
      };
}
