import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeLocal } from '../../artifacts/localFiles.ts';
import type { CarriedExperiment, Place } from '../../mlflow/client/carried.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import type { Placed, StoreWriter } from '../../mlflow/client/storeWriter.ts';
import { readingOfTarget } from '../bounds/reading.ts';
import { runConflicts } from '../carry/differences.ts';
import { createMetricFiles } from './metricFiles.ts';
import { createMlrunsFiles, isFolderName } from './mlrunsFiles.ts';
import { experimentFolder, trash } from './mlrunsFolders.ts';
import { createMlrunsReader } from './mlrunsReader.ts';
import { writeRegisteredModel } from './mlrunsRegistry.ts';
import { writeDatasets, writeLinks, writeModelMeta, writeRunMeta } from './mlrunsRuns.ts';

const noFolder = 'a folder cannot have its name';

/** Writes a folder that MLflow reads as its file store (`MLFLOW_ALLOW_FILE_STORE=true` since 3.13); runs and models keep their ids. */
export function createMlrunsWriter(root: string): StoreWriter {
  mkdirSync(path.join(root, trash), { recursive: true });
  const files = createMlrunsFiles(path.join(root, trash));
  const { writeMeta, writeEntries } = files;
  const metrics = createMetricFiles();
  const reader = createMlrunsReader(root, { proxied: undefined, reading: readingOfTarget });
  const uriOf = (...parts: string[]): string => pathToFileURL(path.join(root, ...parts)).href;
  const known = new Map<string, CarriedExperiment>();

  const freeId = (wanted: string): string => {
    let id = wanted;
    while (!isFolderName(id) || existsSync(path.join(experimentFolder(root, id), 'meta.yaml'))) {
      id = String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 14)}`));
    }
    return id;
  };

  return {
    reader,
    keepsIds: true,
    async experiment(experiment) {
      if (known.size === 0) {
        for await (const one of reader.experiments()) {
          known.set(one.name, one);
        }
      }
      const there = known.get(experiment.name);
      if (there !== undefined) {
        writeEntries(path.join(experimentFolder(root, there.id), 'tags'), newEntries(experiment.tags, there.tags));
        return { id: there.id, uri: '', outcome: 'present', findings: [] };
      }
      const id = freeId(experiment.id);
      const folder = path.join(root, ...(experiment.stage === 'deleted' ? [trash] : []), id);
      writeEntries(path.join(folder, 'tags'), experiment.tags);
      writeMeta(folder, {
        artifact_location: uriOf(id),
        creation_time: experiment.createdAt,
        experiment_id: id,
        last_update_time: experiment.updatedAt,
        lifecycle_stage: experiment.stage,
        name: experiment.name,
      });
      known.set(experiment.name, { ...experiment, id });
      return { id, uri: '', outcome: 'added', findings: [] };
    },
    async run(run, experimentId, _known, filesStay): Promise<Placed> {
      if (!isFolderName(run.id)) {
        return { id: run.id, uri: '', outcome: 'conflict', findings: [noFolder] };
      }
      const experiment = experimentFolder(root, experimentId);
      const folder = path.join(experiment, run.id);
      const there = await reader.run(experimentId, run.id);
      const artifactUri = there?.artifactUri ?? (filesStay ? run.artifactUri : uriOf(experimentId, run.id, 'artifacts'));
      const conflicts = there === undefined ? [] : runConflicts(run, there);
      if (conflicts.length > 0) {
        return { id: run.id, uri: artifactUri, outcome: 'conflict', findings: conflicts };
      }
      writeEntries(path.join(folder, 'params'), there === undefined ? run.params : newEntries(run.params, there.params));
      writeEntries(path.join(folder, 'tags'), there === undefined ? run.tags : newEntries(run.tags, there.tags));
      const datasets = new Set(there?.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
      writeDatasets(files, experiment, run, run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`)));
      if (there === undefined || (there.status === 'RUNNING' && run.status !== 'RUNNING')) {
        for (const name of ['metrics', 'params', 'artifacts']) {
          mkdirSync(path.join(folder, name), { recursive: true });
        }
        writeRunMeta(files, folder, there === undefined ? run : { ...there, status: run.status, endedAt: run.endedAt }, experimentId, artifactUri);
      }
      return { id: run.id, uri: artifactUri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    points(experimentId, runId, points, written) {
      metrics.addPoints(path.join(experimentFolder(root, experimentId), runId, 'metrics'), runId, points);
      written();
    },
    async model(model, experimentId, _known, filesStay): Promise<Placed> {
      if (!isFolderName(model.id)) {
        return { id: model.id, uri: '', outcome: 'conflict', findings: [noFolder] };
      }
      const folder = path.join(experimentFolder(root, experimentId), 'models', model.id);
      const there = await reader.model(experimentId, model.id);
      const artifactUri = there?.artifactUri ?? (filesStay ? model.artifactUri : uriOf(experimentId, 'models', model.id, 'artifacts'));
      if (there !== undefined && (there.name !== model.name || there.createdAt !== model.createdAt)) {
        return { id: model.id, uri: artifactUri, outcome: 'conflict', findings: ['another model has this id'] };
      }
      writeEntries(path.join(folder, 'params'), there === undefined ? model.params : newEntries(model.params, there.params));
      writeEntries(path.join(folder, 'tags'), there === undefined ? model.tags : newEntries(model.tags, there.tags));
      metrics.addModelMetrics(path.join(folder, 'metrics'), model.id, model.metrics);
      if (there === undefined) {
        writeModelMeta(files, folder, model, experimentId, artifactUri);
      }
      return { id: model.id, uri: artifactUri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    links(experimentId, runId, models) {
      writeLinks(files, path.join(experimentFolder(root, experimentId), runId), runId, models);
    },
    async file(place: Place, name, content) {
      const owner = path.join(experimentFolder(root, place.experimentId), ...(place.of === 'run' ? [place.id] : ['models', place.id]), 'artifacts');
      const file = path.join(owner, ...name.split('/'));
      await writeLocal(file, path.join(root, trash), content);
    },
    finishRun: () => undefined,
    finishModel: () => undefined,
    finishExperiment: () => undefined,
    async registeredModel(model) {
      if (!isFolderName(model.name)) {
        return { outcome: 'present', findings: [noFolder], versions: 0, aliases: 0 };
      }
      return writeRegisteredModel(path.join(root, 'models', model.name), files, model, await reader.registeredModel(model.name));
    },
  };
}
