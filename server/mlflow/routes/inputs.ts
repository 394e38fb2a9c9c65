import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { parseExperimentId } from '../../tracking/local/experiments.ts';
import type { DatasetInput } from '../../contract/entities.ts';
import { addDataFiles, readDatasetFile } from '../../tracking/datasetFile.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import { integerOr, keyValues, member, objects, required, requiredText, text, textOrEmpty, texts, toMap, wrongType, type Field } from '../message.ts';
import { listFolder } from '../artifactList.ts';
import { requireIds } from '../requireIds.ts';
import { done, route, type MlflowRoute } from '../route.ts';

const datasetItems: Field<readonly DatasetInput[]> = objects((item, path) => {
  const dataset = item['dataset'];
  if (typeof dataset !== 'object' || dataset === null || Array.isArray(dataset)) {
    throw wrongType(`${path}.dataset`, dataset);
  }
  const fields = dataset as Readonly<Record<string, unknown>>;
  const at = `${path}.dataset`;
  return {
    dataset: {
      name: member(fields, 'name', at, requiredText),
      digest: member(fields, 'digest', at, requiredText),
      sourceType: member(fields, 'source_type', at, textOrEmpty),
      source: member(fields, 'source', at, textOrEmpty),
      schema: member(fields, 'schema', at, text),
      profile: member(fields, 'profile', at, text),
    },
    tags: Object.fromEntries(toMap(member(item, 'tags', path, keyValues))),
  };
});

const usedModels = objects((item, path) => member(item, 'model_id', path, requiredText));
const madeModels = objects((item, path) => ({ modelId: member(item, 'model_id', path, requiredText), step: member(item, 'step', path, integerOr(0)) }));

/** Of a search for datasets. */
const mostExperiments = 20;

/** What clients of MLflow 2 log about a model. */
const legacyModel = z.record(z.string(), z.unknown());
const legacyFields = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];
/** Data files that a run used. */
const dataTag = 'slipway.data';
const legacyTag = 'mlflow.log-model.history';

/** Datasets and models that went into runs and came out of them, and the files of runs. */
export function inputRoutes(tracking: LocalTracking): MlflowRoute[] {
  const { inputs, events, runs, artifacts, logging } = tracking.stores;
  return [
    route('POST', '/runs/log-inputs', { run_id: requiredText, datasets: datasetItems, models: usedModels }, async ({ run_id: runId, datasets, models }) => {
      const files = (await Promise.all(datasets.map(readDatasetFile))).filter((file) => file !== undefined);
      events.changed(inputs.logInputs(runId, datasets, models));
      const data = files.length === 0 ? undefined : addDataFiles(runs.tag(runs.active(runId), dataTag), files);
      if (data !== undefined) {
        events.changed(logging.setTag(runId, { key: dataTag, value: data }));
      }
      return done;
    }),
    route('POST', '/runs/outputs', { run_id: requiredText, models: required(madeModels) }, ({ run_id: runId, models }) => {
      events.changed(inputs.logOutputs(runId, models));
      return done;
    }),
    route('POST', '/runs/log-model', { run_id: requiredText, model_json: requiredText }, ({ run_id: runId, model_json: json }) => {
      let value: unknown;
      try {
        value = JSON.parse(json);
      } catch {
        throw new Problem('invalid-input', `Malformed model info. \n ${json} \n is not a valid JSON.`, { field: 'model_json' });
      }
      const parsed = legacyModel.safeParse(value);
      const missing = legacyFields.filter((key) => parsed.data?.[key] === undefined);
      if (parsed.data === undefined || missing.length > 0) {
        throw new Problem('invalid-input', `Model json is missing mandatory fields: {${missing.map((key) => `'${key}'`).join(', ')}}`, { field: 'model_json' });
      }
      const before = runs.tag(runs.active(runId), legacyTag);
      const history: unknown = before === undefined ? [] : JSON.parse(before);
      events.changed(logging.setTag(runId, { key: legacyTag, value: JSON.stringify([...(Array.isArray(history) ? (history as unknown[]) : []), parsed.data]) }));
      return done;
    }),
    route('POST', '/experiments/search-datasets', { experiment_ids: texts }, ({ experiment_ids: ids }) => {
      requireIds({ request: 'SearchDatasets', ids, of: 'experiment_id', field: 'experiment_ids', most: mostExperiments });
      const summaries = inputs.summaries(ids.map(parseExperimentId)).map(({ experimentId, name, digest, context }) => ({
        experiment_id: experimentId,
        name,
        digest,
        ...(context === undefined ? {} : { context }),
      }));
      return summaries.length === 0 ? {} : { dataset_summaries: summaries };
    }),
    route('GET', '/artifacts/list', { run_id: requiredText, path: text, page_token: text }, ({ run_id: runId, path = '' }) =>
      listFolder(runs.find(runId).artifact_uri, path, artifacts),
    ),
  ];
}
