import path from 'node:path';
import type { Metric } from '../../contract/entities.ts';
import type { CarriedExperiment } from '../../mlflow/client/carried.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { Problem } from '../../platform/errors.ts';
import type { Reading } from '../bounds/reading.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import { createMlrunsFolders, experimentFolder, toPoint, trash } from './mlrunsFolders.ts';
import { experimentMeta } from './mlrunsMeta.ts';
import { readModel, readRegisteredModel, readRun } from './mlrunsRecords.ts';

/** Folders of an experiment that are no runs. */
const noRuns = new Set(['tags', 'datasets', 'traces', 'models']);
const lot = 5000;

/** How a file store is read, and where `mlflow-artifacts:` lies. */
export interface MlrunsOptions {
  readonly proxied: MlflowClient | string | undefined;
  readonly reading: Reading;
}

/**
 * Reads a folder that MLflow wrote as its file store (`mlruns`); it may have been moved since.
 * @throws Problem `invalid-input` for another folder
 */
export function openMlrunsReader(root: string, options: MlrunsOptions): StoreReader {
  const { folders, hasMeta } = createMlrunsFolders(root, options.reading);
  if (![...folders(root), ...folders(path.join(root, trash)).map((id) => `${trash}/${id}`)].some((id) => hasMeta(path.join(root, id)))) {
    throw new Problem('invalid-input', `${root} is no folder of MLflow: it holds no experiment.`, {
      field: 'location',
      remedy: 'Name the folder that holds the folders "0" and "models", usually "mlruns", or an "mlflow.db".',
    });
  }
  return createMlrunsReader(root, options);
}

/** As {@link openMlrunsReader}, for a folder that may still be empty. */
export function createMlrunsReader(root: string, { proxied, reading }: MlrunsOptions): StoreReader {
  const disk = createMlrunsFolders(root, reading);
  const { folders, entries, files, lines, hasMeta, meta } = disk;
  const access = createPlaceFiles({
    base: path.dirname(root),
    proxied,
    reading,
    moved({ of, id, experimentId }, named) {
      const own = path.join(...(of === 'run' ? [id] : ['models', id]), 'artifacts');
      // Another folder is a place that the store chose, wherever it lies now.
      const isOwn = named.endsWith(path.join(path.sep, experimentId, own)) || reading.bounds.admits(named);
      return isOwn ? path.join(experimentFolder(root, experimentId), own) : undefined;
    },
  });
  const experimentIds = (): string[] =>
    [...folders(root), ...folders(path.join(root, trash))].filter((id) => id !== trash && id !== 'models' && hasMeta(experimentFolder(root, id)));
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
        const found = meta(folder, experimentMeta);
        if (found !== undefined) {
          const { name, lifecycle_stage: lifecycle, creation_time: createdAt, last_update_time: updatedAt } = found;
          yield { id, name, stage: lifecycle, createdAt, updatedAt, tags: entries(path.join(folder, 'tags')) };
        }
      }
    },
    *runs(experimentId) {
      for (const id of runIds(experimentId)) {
        const run = readRun(disk, root, experimentId, id);
        if (run !== undefined) {
          yield run;
        }
      }
    },
    run: (experimentId, id) => readRun(disk, root, experimentId, id),
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
        const model = readModel(disk, root, experimentId, id);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    model: (experimentId, id) => readModel(disk, root, experimentId, id),
    *registeredModels() {
      for (const name of folders(path.join(root, 'models'))) {
        const model = readRegisteredModel(disk, root, name);
        if (model !== undefined) {
          yield model;
        }
      }
    },
    registeredModel: (name) => readRegisteredModel(disk, root, name),
    close: () => undefined,
  };
}
