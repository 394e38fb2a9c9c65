import { z } from 'zod';
import { toWire } from '../../contract/metricValues.ts';
import { nothing, pairs, runWire } from './answers.ts';
import type { CarriedRun } from './carried.ts';
import { newEntries, originTag } from './missing.ts';
import type { MlflowClient } from './mlflowClient.ts';
import { lots } from './requestLots.ts';
import type { StoreReader } from './storeReader.ts';
import type { Placed, StoreWriter } from './storeWriter.ts';

/** Writes runs to an MLflow server: what of a run there is, and what it lacks. */
export function createServerRunWriter(client: MlflowClient, reader: StoreReader): Pick<StoreWriter, 'run' | 'points' | 'links' | 'finishRun'> {
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
    for (const lot of lots(pairs(params))) {
      await post('/runs/log-batch', { run_id: runId, params: lot }, nothing);
    }
    for (const lot of lots(pairs(tags))) {
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

  return {
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
  };
}
