import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../platform/errors.ts';
import { fromWire } from '../../contract/metricValues.ts';
import { type Metric, type DatasetInput, type ModelLink, modelStatuses } from '../../contract/entities.ts';
import { localFolder } from '../../artifacts/localFiles.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { modelIdOf } from '../../mlflow/client/loggedModelId.ts';
import { datasetMeta, experimentMeta, linkMeta, modelMeta, readMeta, registeredMeta, runMeta, runStatuses, versionMeta } from './mlrunsMeta.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';

export const trash = '.trash';
/** Folders of an experiment that are no runs. */
const noRuns = new Set(['tags', 'datasets', 'traces', 'models']);
const lot = 5000;

function folders(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((item) => item.isDirectory())
        .map(({ name }) => name)
        .sort()
    : [];
}

function files(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((item) => item.isFile())
        .map((item) => path.relative(folder, path.join(item.parentPath, item.name)).replaceAll(path.sep, '/'))
        .sort()
    : [];
}

function entries(folder: string): Map<string, string> {
  return new Map(files(folder).map((key) => [key, readFileSync(path.join(folder, key), 'utf8')]));
}

/** The lines of a metric's file: time, value, step and, in models, the run and the dataset. */
function* lines(folder: string, key: string): Generator<string[]> {
  for (const line of readFileSync(path.join(folder, key), 'utf8').split('\n')) {
    if (line.trim() !== '') {
      yield line.trim().split(' ');
    }
  }
}

function toPoint(key: string, [at = '0', value = 'nan', step = '0']: readonly string[]): Metric {
  return { key, at: Number(at), value: fromWire(value) ?? Number.NaN, step: Number(step) };
}

/** Where an experiment lies: deleted ones are in the trash. */
export function experimentFolder(root: string, experimentId: string): string {
  const deleted = path.join(root, trash, experimentId);
  return existsSync(deleted) ? deleted : path.join(root, experimentId);
}

/**
 * Reads a folder that MLflow wrote as its file store (`mlruns`); it may have been moved since.
 * @throws Problem `invalid-input` for another folder
 */
export function openMlrunsReader(root: string, proxied: MlflowClient | string | undefined): StoreReader {
  if (![...folders(root), ...folders(path.join(root, trash)).map((id) => `${trash}/${id}`)].some((id) => existsSync(path.join(root, id, 'meta.yaml')))) {
    throw new Problem('invalid-input', `${root} is no folder of MLflow: it holds no experiment.`, {
      field: 'location',
      remedy: 'Name the folder that holds the folders "0" and "models", usually "mlruns", or an "mlflow.db".',
    });
  }
  return createMlrunsReader(root, proxied);
}

/** As {@link openMlrunsReader}, for a folder that may still be empty. */
export function createMlrunsReader(root: string, proxied: MlflowClient | string | undefined): StoreReader {
  const base = path.dirname(root);
  const access = createPlaceFiles({
    base,
    proxied,
    moved({ of, id, experimentId, uri }) {
      const named = localFolder(uri, base);
      const inside = path.join(experimentFolder(root, experimentId), ...(of === 'run' ? [id] : ['models', id]), 'artifacts');
      return named !== undefined && !existsSync(named) ? inside : undefined;
    },
  });
  const experimentIds = (): string[] =>
    [...folders(root), ...folders(path.join(root, trash))].filter((id) => id !== trash && id !== 'models' && existsSync(path.join(experimentFolder(root, id), 'meta.yaml')));
  const runIds = (experimentId: string): string[] => folders(experimentFolder(root, experimentId)).filter((name) => !noRuns.has(name));

  const readRun = (experimentId: string, id: string): CarriedRun | undefined => {
    const experiment = experimentFolder(root, experimentId);
    const folder = path.join(experiment, id);
    const found = readMeta(folder, runMeta);
    if (found === undefined) {
      return undefined;
    }
    const datasets: DatasetInput[] = [];
    const models: ModelLink[] = [];
    for (const name of folders(path.join(folder, 'inputs'))) {
      const link = readMeta(path.join(folder, 'inputs', name), linkMeta);
      if (link?.source_type === 'MODEL') {
        models.push({ direction: 'input', modelId: link.source_id, step: 0 });
      }
      const dataset = link?.source_type === 'DATASET' ? readMeta(path.join(experiment, 'datasets', link.source_id), datasetMeta) : undefined;
      if (link !== undefined && dataset !== undefined) {
        const { source_type: sourceType, ...rest } = dataset;
        datasets.push({ dataset: { ...rest, sourceType }, tags: link.tags });
      }
    }
    for (const name of folders(path.join(folder, 'outputs'))) {
      const link = readMeta(path.join(folder, 'outputs', name), linkMeta);
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
  };
  const readModel = (experimentId: string, id: string): CarriedModel | undefined => {
    const folder = path.join(experimentFolder(root, experimentId), 'models', id);
    const found = readMeta(folder, modelMeta);
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
  };
  const readVersion = (folder: string): CarriedVersion | undefined => {
    const found = readMeta(folder, versionMeta);
    if (found === undefined) {
      return undefined;
    }
    const deleted = found.current_stage === 'Deleted_Internal';
    const location = found.storage_location === '' ? found.source : found.storage_location;
    return {
      version: found.version,
      deleted,
      stage: deleted ? 'None' : found.current_stage,
      description: deleted ? undefined : found.description,
      user: found.user_id,
      source: deleted ? '' : found.source,
      location: deleted ? '' : location,
      runId: deleted ? undefined : found.run_id,
      runLink: deleted ? undefined : found.run_link,
      modelId: deleted ? undefined : (found.model_id ?? modelIdOf(found.source, location)),
      createdAt: found.creation_timestamp,
      updatedAt: found.last_updated_timestamp,
      tags: deleted ? new Map() : entries(path.join(folder, 'tags')),
    };
  };
  const readRegisteredModel = (name: string): CarriedRegisteredModel | undefined => {
    const folder = path.join(root, 'models', name);
    const found = readMeta(folder, registeredMeta);
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
            .flatMap((item) => readVersion(path.join(folder, item)) ?? [])
            .sort((a, b) => a.version - b.version),
          aliases: new Map([...entries(path.join(folder, 'aliases'))].map(([alias, version]) => [alias, Number(version)])),
        };
  };

  return {
    ...access,
    countRuns: () => experimentIds().reduce((sum, id) => sum + runIds(id).length, 0),
    notes: () => {
      const traces = experimentIds().reduce((sum, id) => sum + folders(path.join(experimentFolder(root, id), 'traces')).length, 0);
      return traces === 0 ? [] : [`${traces} traces are not carried: Slipway does not keep them.`];
    },
    *experiments(): Generator<CarriedExperiment> {
      for (const id of experimentIds()) {
        const folder = experimentFolder(root, id);
        const found = readMeta(folder, experimentMeta);
        if (found !== undefined) {
          const { name, lifecycle_stage: lifecycle, creation_time: createdAt, last_update_time: updatedAt } = found;
          yield { id, name, stage: lifecycle, createdAt, updatedAt, tags: entries(path.join(folder, 'tags')) };
        }
      }
    },
    *runs(experimentId) {
      for (const id of runIds(experimentId)) {
        const run = readRun(experimentId, id);
        if (run !== undefined) {
          yield run;
        }
      }
    },
    run: readRun,
    *points({ experimentId, id }) {
      const folder = path.join(experimentFolder(root, experimentId), id, 'metrics');
      for (const key of files(folder)) {
        let gathered: Metric[] = [];
        for (const words of lines(folder, key)) {
          gathered.push(toPoint(key, words));
          if (gathered.length >= lot) {
            yield gathered;
            gathered = [];
          }
        }
        yield gathered;
      }
    },
    *models(experimentId) {
      for (const id of folders(path.join(experimentFolder(root, experimentId), 'models'))) {
        const model = readModel(experimentId, id);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    model: readModel,
    *registeredModels() {
      for (const name of folders(path.join(root, 'models'))) {
        const model = readRegisteredModel(name);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    registeredModel: readRegisteredModel,
    close: () => undefined,
  };
}
