import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { toWire } from '../../contract/metricValues.ts';
import { missingModelMetrics, newEntries, originTag } from './missing.ts';
import { artifactRoute, encodePath, MlflowRefusal, type MlflowClient } from './mlflowClient.ts';
import { createServerReader } from './serverReader.ts';
import { createServerRegistryWriter } from './serverRegistryWriter.ts';
import type { CarriedModel, CarriedRun } from './carried.ts';
import type { Placed, StoreWriter } from './storeWriter.ts';
import { experimentWire, modelWire, nothing, pairs, runWire } from './answers.ts';

const perRequest = 100;
/** What MLflow's upload of small files through its page takes. */
const mostThroughPage = 10 << 20;

function lots<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_none, index) => items.slice(index * size, (index + 1) * size));
}

/**
 * Writes to an MLflow server through its REST protocol. Runs and models get ids of that server; the tag `slipway.exported.from` says
 * which one each of them was, so that exporting again finds them.
 */
export function createServerWriter(client: MlflowClient): StoreWriter {
  const reader = createServerReader(client);
  const post = <S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> => client.send('POST', path, body, answer);

  const findRun = async (run: CarriedRun, experimentId: string, known: string | undefined): Promise<CarriedRun | undefined> => {
    if (known !== undefined) {
      return reader.run(experimentId, known);
    }
    const filter = `tags.\`${originTag}\` = '${run.id}'`;
    const { runs } = await post(
      '/runs/search',
      { experiment_ids: [experimentId], filter, run_view_type: 'ALL', max_results: 1 },
      z.object({ runs: z.array(runWire).default([]) }),
    );
    return runs[0]?.run;
  };
  const logEntries = async (runId: string, params: ReadonlyMap<string, string>, tags: ReadonlyMap<string, string>): Promise<void> => {
    for (const lot of lots(pairs(params), perRequest)) {
      await post('/runs/log-batch', { run_id: runId, params: lot }, nothing);
    }
    for (const lot of lots(pairs(tags), perRequest)) {
      await post('/runs/log-batch', { run_id: runId, tags: lot }, nothing);
    }
  };
  const logDatasets = async (runId: string, datasets: CarriedRun['datasets']): Promise<void> => {
    if (datasets.length > 0) {
      const wire = datasets.map(({ dataset: { sourceType, schema, profile, ...dataset }, tags }) => ({
        tags: pairs(new Map(Object.entries(tags))),
        dataset: { ...dataset, source_type: sourceType, ...(schema === undefined ? {} : { schema }), ...(profile === undefined ? {} : { profile }) },
      }));
      await post('/runs/log-inputs', { run_id: runId, datasets: wire }, nothing);
    }
  };
  const logModelMetrics = async (modelId: string, metrics: CarriedModel['metrics']): Promise<void> => {
    for (const { key, value, at, step, runId, datasetName, datasetDigest } of metrics) {
      await post(
        '/runs/log-metric',
        {
          run_id: runId,
          model_id: modelId,
          key,
          value: toWire(value),
          timestamp: at,
          step,
          ...(datasetName === undefined ? {} : { dataset_name: datasetName }),
          ...(datasetDigest === undefined ? {} : { dataset_digest: datasetDigest }),
        },
        nothing,
      );
    }
  };

  const findModel = async (model: CarriedModel, experimentId: string, known: string | undefined): Promise<CarriedModel | undefined> => {
    if (known !== undefined) {
      return reader.model(experimentId, known);
    }
    const { models } = await post(
      '/logged-models/search',
      { experiment_ids: [experimentId], filter: `tags.\`${originTag}\` = '${model.id}'`, max_results: 1 },
      z.object({ models: z.array(modelWire).default([]) }),
    );
    return models[0];
  };

  /** Logs what a model on the server lacks: a transfer that was killed may have come no further. */
  const completeModel = async (there: CarriedModel, model: CarriedModel): Promise<void> => {
    for (const lot of lots(pairs(newEntries(model.params, there.params)), perRequest)) {
      await post(`/logged-models/${there.id}/params`, { model_id: there.id, params: lot }, nothing);
    }
    await logModelMetrics(there.id, missingModelMetrics(model, there));
    if (model.status !== there.status && there.status === 'LOGGED_MODEL_PENDING') {
      await client.send('PATCH', `/logged-models/${there.id}`, { model_id: there.id, status: model.status }, nothing);
    }
  };

  return {
    reader,
    keepsIds: false,
    async experiment(experiment, known) {
      const answer = z.object({ experiment: experimentWire });
      const found = await client
        .get('/experiments/get-by-name', { experiment_name: experiment.name }, answer)
        .catch((error: unknown) => {
          if (MlflowRefusal.isMissing(error)) {
            return undefined;
          }
          throw error;
        });
      if (found === undefined) {
        const made = await post('/experiments/create', { name: experiment.name, tags: pairs(experiment.tags) }, z.object({ experiment_id: z.string() }));
        return { id: made.experiment_id, uri: '', outcome: 'added', findings: [] };
      }
      const there = found.experiment;
      if (there.stage === 'active') {
        for (const [key, value] of newEntries(experiment.tags, there.tags)) {
          await post('/experiments/set-experiment-tag', { experiment_id: there.id, key, value }, nothing);
        }
      } else if (experiment.stage === 'active' || known === undefined) {
        throw new Problem('conflict', `The experiment "${experiment.name}" is deleted on ${client.url}.`, { remedy: 'Restore it there, or delete it for good, then export again.' });
      }
      return { id: there.id, uri: '', outcome: 'present', findings: [] };
    },
    async run(run, experimentId, known): Promise<Placed> {
      const there = await findRun(run, experimentId, known);
      if (there === undefined) {
        const { run: made } = await post(
          '/runs/create',
          {
            experiment_id: experimentId,
            user_id: run.user,
            start_time: run.startedAt,
            ...(run.name === '' ? {} : { run_name: run.name }),
            tags: [{ key: originTag, value: run.id }],
          },
          z.object({ run: runWire }),
        );
        await logEntries(made.run.id, run.params, run.tags);
        await logDatasets(made.run.id, run.datasets);
        return { id: made.run.id, uri: made.run.artifactUri, outcome: 'added', findings: [] };
      }
      if (there.stage === 'active') {
        const datasets = new Set(there.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
        await logEntries(there.id, newEntries(run.params, there.params), newEntries(run.tags, there.tags));
        await logDatasets(there.id, run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`)));
      }
      return { id: there.id, uri: there.artifactUri, outcome: 'present', findings: [] };
    },
    async points(_experimentId, runId, points, written) {
      const metrics = points.map(({ key, value, at, step }) => ({ key, value: toWire(value), timestamp: at, step }));
      await post('/runs/log-batch', { run_id: runId, metrics }, nothing);
      written();
    },
    async model(model, experimentId, known): Promise<Placed> {
      const there = await findModel(model, experimentId, known);
      if (there !== undefined) {
        if (there.stage === 'active') {
          await completeModel(there, model);
        }
        return { id: there.id, uri: there.artifactUri, outcome: 'present', findings: [] };
      }
      const { model: made } = await post(
        '/logged-models',
        {
          experiment_id: experimentId,
          name: model.name,
          params: pairs(model.params).slice(0, perRequest),
          tags: [...pairs(model.tags).filter(({ key }) => key !== 'mlflow.modelVersions'), { key: originTag, value: model.id }],
          ...(model.type === undefined ? {} : { model_type: model.type }),
          ...(model.sourceRunId === undefined ? {} : { source_run_id: model.sourceRunId }),
        },
        z.object({ model: modelWire }),
      );
      await completeModel(made, model);
      return { id: made.id, uri: made.artifactUri, outcome: 'added', findings: [] };
    },
    async links(_experimentId, runId, models) {
      const inputs = models.filter(({ direction }) => direction === 'input').map(({ modelId }) => ({ model_id: modelId }));
      const outputs = models.filter(({ direction }) => direction === 'output').map(({ modelId, step }) => ({ model_id: modelId, step }));
      if (inputs.length > 0) {
        await post('/runs/log-inputs', { run_id: runId, models: inputs }, nothing);
      }
      if (outputs.length > 0) {
        await post('/runs/outputs', { run_id: runId, models: outputs }, nothing);
      }
    },
    async file(place, path, content, bytes) {
      const below = pathOfUri(place.uri);
      if (below !== undefined) {
        await client.upload('PUT', `${artifactRoute}/${encodePath(`${below}/${path}`)}`, content, bytes).catch((error: unknown) => {
          throw error instanceof MlflowRefusal && error.status === 400 ? new Problem('invalid-input', error.said, { field: 'path', cause: error }) : error;
        });
        return;
      }
      if (place.of === 'model' || bytes === undefined || bytes > mostThroughPage) {
        throw new Problem('unavailable', `${client.url} keeps artifacts at ${place.uri} and does not take them itself.`, {
          remedy: 'Start it with "mlflow server --serve-artifacts --artifacts-destination ...".',
        });
      }
      const query = new URLSearchParams({ run_uuid: place.id, path });
      await client.upload('POST', `/ajax-api/2.0/mlflow/upload-artifact?${query.toString()}`, content, bytes);
    },
    async finishRun(runId, { status, endedAt, stage, tags }) {
      const there = await reader.run('', runId);
      if (there?.stage !== 'active') {
        return;
      }
      await logEntries(runId, new Map(), newEntries(tags, there.tags));
      if (there.status !== status || there.endedAt !== endedAt) {
        await post('/runs/update', { run_id: runId, status, ...(endedAt === undefined ? {} : { end_time: endedAt }) }, nothing);
      }
      if (stage === 'deleted') {
        await post('/runs/delete', { run_id: runId }, nothing);
      }
    },
    async finishModel(modelId) {
      if ((await reader.model('', modelId))?.stage === 'active') {
        await client.send('DELETE', `/logged-models/${modelId}`, { model_id: modelId }, nothing);
      }
    },
    async finishExperiment(experimentId, { stage }) {
      if (stage === 'deleted') {
        await post('/experiments/delete', { experiment_id: experimentId }, nothing).catch((error: unknown) => {
          // It is deleted already, by the time before.
          if (!MlflowRefusal.isMissing(error)) {
            throw error;
          }
        });
      }
    },
    registeredModel: createServerRegistryWriter(client, reader),
  };
}
