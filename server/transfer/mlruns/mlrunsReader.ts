import { existsSync } from 'node:fs';
import path from 'node:path';
import { localFolder } from '../../artifacts/localFiles.ts';
import type { Metric } from '../../contract/entities.ts';
import type { CarriedExperiment } from '../../mlflow/client/carried.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { Problem } from '../../platform/errors.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import { entries, experimentFolder, files, folders, lines, toPoint, trash } from './mlrunsFolders.ts';
import { experimentMeta, readMeta } from './mlrunsMeta.ts';
import { readModel, readRegisteredModel, readRun } from './mlrunsRecords.ts';

/** Folders of an experiment that are no runs. */
const noRuns = new Set(['tags', 'datasets', 'traces', 'models']);
const lot = 5000;

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
        const run = readRun(root, experimentId, id);
        if (run !== undefined) {
          yield run;
        }
      }
    },
    run: (experimentId, id) => readRun(root, experimentId, id),
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
        const model = readModel(root, experimentId, id);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    model: (experimentId, id) => readModel(root, experimentId, id),
    *registeredModels() {
      for (const name of folders(path.join(root, 'models'))) {
        const model = readRegisteredModel(root, name);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    registeredModel: (name) => readRegisteredModel(root, name),
    close: () => undefined,
  };
}
