import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { DatasetInput } from '../../contract/entities.ts';
import { isPlain } from '../../platform/plainName.ts';
import { hostScheme } from '../../tracking/artifactLocation.ts';
import type { RunRow } from '../../tracking/local/runs.ts';
import { runConflicts } from '../carry/differences.ts';
import { readingOfOwn } from '../bounds/reading.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import { createOwnReader } from './ownReader.ts';
import { mergeRegisteredModel } from './ownRegistry.ts';
import type { OwnStores } from './ownStores.ts';
import type { CarriedModel, CarriedRun } from '../../mlflow/client/carried.ts';
import type { Placed, StoreWriter } from '../../mlflow/client/storeWriter.ts';

/** Ids that a whole number holds exactly, as the wire's experiments have them. */
const exactId = /^\d{1,15}$/;

/** Whether a run may name a place that only its clients reach, such as a bucket; not one of this machine or of this store, nor a host to call. */
function canStay(uri: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(uri) && !/^(?:file|mlflow-artifacts|runs|models):/i.test(uri) && hostScheme(uri) === undefined && !uri.includes('#') && isPlain(uri);
}

/** Writes to this companion's own store: runs, models and version numbers keep their ids. Each call is one transaction. */
export function createOwnWriter(stores: OwnStores, actor: string, home: string): StoreWriter {
  const { database, experiments, runs, metrics, inputs, artifacts, contents } = stores;
  const reader = createOwnReader(stores, readingOfOwn(home, () => undefined));

  /** Inputs are refused on deleted runs, and adopting one changes nothing about its lifecycle. */
  const addDatasets = (row: RunRow, datasets: readonly DatasetInput[]): void => {
    if (datasets.length === 0) {
      return;
    }
    const deletedAt = contents.deletedAt(row);
    contents.setStage(row, 'active', undefined);
    inputs.logInputs(row.run_id, datasets, []);
    contents.setStage(row, row.stage, deletedAt);
  };
  const transact = <T>(work: () => T): T => database.transaction(work)();

  const placeNew = (run: CarriedRun, experimentId: string, filesStay: boolean): Placed => {
    const artifactUri = filesStay && canStay(run.artifactUri) ? run.artifactUri : `mlflow-artifacts:/${experimentId}/${run.id}/artifacts`;
    const { id, ...rest } = run;
    transact(() => {
      const row = contents.adoptRun({ ...rest, runId: id, experiment: Number(experimentId), artifactUri });
      runs.putParams(row, run.params);
      runs.putTags(row, run.tags);
      addDatasets(row, run.datasets);
    });
    return { id: run.id, uri: artifactUri, outcome: 'added', findings: [] };
  };
  const extend = (run: CarriedRun, there: CarriedRun): Placed => {
    const conflicts = runConflicts(run, there);
    if (conflicts.length > 0) {
      return { id: run.id, uri: there.artifactUri, outcome: 'conflict', findings: conflicts };
    }
    const datasets = new Set(there.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
    const params = newEntries(run.params, there.params);
    const tags = newEntries(run.tags, there.tags);
    const added = run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`));
    const ended = there.status === 'RUNNING' && run.status !== 'RUNNING';
    const deleted = run.stage === 'deleted' && there.stage === 'active';
    if (params.size > 0 || tags.size > 0 || added.length > 0 || ended) {
      transact(() => {
        const row = runs.find(run.id);
        runs.putParams(row, params);
        runs.putTags(row, tags);
        addDatasets(row, added);
        if (ended) {
          contents.endRun(row, run.status, run.endedAt);
        }
      });
    }
    return { id: run.id, uri: there.artifactUri, outcome: 'present', findings: deleted ? ['deleted in the source, in use here: left as it is'] : [] };
  };

  const placeModel = (model: CarriedModel, experimentId: string, filesStay: boolean): Placed => {
    const artifactUri = filesStay && canStay(model.artifactUri) ? model.artifactUri : `mlflow-artifacts:/${experimentId}/models/${model.id}/artifacts`;
    transact(() => {
      const { id, type, ...rest } = model;
      const row = contents.adoptModel({ ...rest, modelId: id, modelType: type, experiment: Number(experimentId), artifactUri });
      contents.addModelParams(row, model.params);
      contents.addModelTags(row, model.tags);
      contents.addModelMetrics(row, model.metrics);
    });
    return { id: model.id, uri: artifactUri, outcome: 'added', findings: [] };
  };

  return {
    reader,
    keepsIds: true,
    experiment(experiment) {
      const there = experiments.findByName(experiment.name);
      const id = transact(() => {
        const own = there === undefined ? contents.adoptExperiment({ ...experiment, id: exactId.test(experiment.id) ? Number(experiment.id) : undefined }) : Number(there.experimentId);
        contents.addExperimentTags(own, experiment.tags);
        return String(own);
      });
      return { id, uri: '', outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    async run(run, experimentId, _known, filesStay) {
      const there = await reader.run(experimentId, run.id);
      return there === undefined ? placeNew(run, experimentId, filesStay) : extend(run, there);
    },
    points(_experimentId, runId, points, written) {
      metrics.prepareKeys(points);
      transact(() => {
        metrics.put(runs.find(runId), points);
        written();
      });
    },
    model(model, experimentId, _known, filesStay) {
      const there = contents.model(model.id);
      if (there === undefined) {
        return placeModel(model, experimentId, filesStay);
      }
      if (there.name !== model.name || (there.source_run_id ?? undefined) !== model.sourceRunId || there.created_at !== model.createdAt) {
        return { id: model.id, uri: there.artifact_uri, outcome: 'conflict', findings: ['another model has this id'] };
      }
      transact(() => {
        contents.addModelParams(there, model.params);
        contents.addModelTags(there, model.tags);
        contents.addModelMetrics(there, model.metrics);
      });
      return { id: model.id, uri: there.artifact_uri, outcome: 'present', findings: [] };
    },
    links(_experimentId, runId, models) {
      transact(() => contents.addRunModels(runs.find(runId), models));
    },
    async file({ uri }, path, content) {
      await artifacts.put(`${pathOfUri(uri) ?? ''}/${path}`, content);
    },
    finishRun: () => undefined,
    finishModel: () => undefined,
    finishExperiment: () => undefined,
    async registeredModel(model) {
      const there = await reader.registeredModel(model.name);
      return transact(() => mergeRegisteredModel(stores, actor, model, there));
    },
  };
}
