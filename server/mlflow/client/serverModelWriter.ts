import { z } from 'zod';
import { toWire } from '../../contract/metricValues.ts';
import { modelWire, nothing, pairs } from './answers.ts';
import type { CarriedModel } from './carried.ts';
import { missingModelMetrics, newEntries, originTag } from './missing.ts';
import type { MlflowClient } from './mlflowClient.ts';
import { lots, perRequest } from './requestLots.ts';
import type { StoreReader } from './storeReader.ts';
import type { Placed, StoreWriter } from './storeWriter.ts';

/** Writes LoggedModels to an MLflow server: what of a model there is, and what it lacks. */
export function createServerModelWriter(client: MlflowClient, reader: StoreReader): Pick<StoreWriter, 'model' | 'finishModel'> {
  const post = <S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> => client.send('POST', path, body, answer);

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
    for (const lot of lots(pairs(newEntries(model.params, there.params)))) {
      await post(`/logged-models/${there.id}/params`, { model_id: there.id, params: lot }, nothing);
    }
    await logModelMetrics(there.id, missingModelMetrics(model, there));
    if (model.status !== there.status && there.status === 'LOGGED_MODEL_PENDING') {
      await client.send('PATCH', `/logged-models/${there.id}`, { model_id: there.id, status: model.status }, nothing);
    }
  };

  return {
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
    async finishModel(modelId) {
      if ((await reader.model('', modelId))?.stage === 'active') {
        await client.send('DELETE', `/logged-models/${modelId}`, { model_id: modelId }, nothing);
      }
    },
  };
}
