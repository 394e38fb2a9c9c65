import { z } from 'zod';
import { Problem } from '../errors.ts';
import { pathOfUri } from '../tracking/artifacts.ts';
import { toWire } from '../tracking/metricValues.ts';
import { newEntries, originTag } from './compare.ts';
import { artifactRoute, encodePath, MlflowRefusal, type MlflowClient } from './mlflowClient.ts';
import { createServerReader } from './serverReader.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion, Placed, PlacedRegisteredModel, StoreWriter } from './store.ts';
import { experimentWire, modelWire, runWire } from './wire.ts';

const nothing = z.object({});
const perRequest = 100;
/** What MLflow's upload of small files through its page takes. */
const mostThroughPage = 10 << 20;

function pairs(entries: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return [...entries].map(([key, value]) => ({ key, value }));
}

function lots<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_none, index) => items.slice(index * size, (index + 1) * size));
}

/** Names a version for good, also where another model of the same name exists. */
function originOf(name: string, { version, createdAt }: CarriedVersion): string {
  return `${name}/${version}@${createdAt}`;
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

  const createVersion = async (name: string, version: CarriedVersion): Promise<number> => {
    const tags = new Map(version.tags).set(originTag, originOf(name, version));
    const { model_version: made } = await post(
      '/model-versions/create',
      {
        name,
        source: /^(?:models|runs):/.test(version.source) || version.location === '' ? version.source : version.location,
        tags: pairs(tags),
        ...(version.runId === undefined ? {} : { run_id: version.runId }),
        ...(version.modelId === undefined ? {} : { model_id: version.modelId }),
        ...(version.runLink === undefined ? {} : { run_link: version.runLink }),
        ...(version.description === undefined ? {} : { description: version.description }),
      },
      z.object({ model_version: z.object({ version: z.coerce.number() }) }),
    );
    if (version.stage !== 'None') {
      await post('/model-versions/transition-stage', { name, version: String(made.version), stage: version.stage, archive_existing_versions: false }, nothing);
    }
    return made.version;
  };
  /** Versions get the numbers that they have here: where one was deleted, one is made and deleted there. */
  const fillGap = async (name: string, number: number): Promise<void> => {
    const { model_version: made } = await post(
      '/model-versions/create',
      { name, source: 's3://deleted/version' },
      z.object({ model_version: z.object({ version: z.coerce.number() }) }),
    );
    await client.send('DELETE', '/model-versions/delete', { name, version: String(made.version) }, nothing);
    if (made.version > number) {
      throw new Problem('conflict', `The next version of ${name} there would be ${made.version}.`);
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
      for (const lot of lots(pairs(model.params).slice(perRequest), perRequest)) {
        await post(`/logged-models/${made.id}/params`, { params: lot }, nothing);
      }
      await logModelMetrics(made.id, model.metrics);
      if (model.status !== 'LOGGED_MODEL_PENDING') {
        await client.send('PATCH', `/logged-models/${made.id}`, { model_id: made.id, status: model.status }, nothing);
      }
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
        await client.upload('PUT', `${artifactRoute}/${encodePath(`${below}/${path}`)}`, content, bytes);
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
    async finishRun(runId, { status, endedAt, stage }) {
      const there = await reader.run('', runId);
      if (there?.stage !== 'active') {
        return;
      }
      if (there.status !== status || there.endedAt !== endedAt) {
        await post('/runs/update', { run_id: runId, status, ...(endedAt === undefined ? {} : { end_time: endedAt }) }, nothing);
      }
      if (stage === 'deleted') {
        await post('/runs/delete', { run_id: runId }, nothing);
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
    async registeredModel(model: CarriedRegisteredModel): Promise<PlacedRegisteredModel> {
      const there = await reader.registeredModel(model.name);
      if (there === undefined) {
        const { name, description, tags } = model;
        await post('/registered-models/create', { name, tags: pairs(tags), ...(description === undefined ? {} : { description }) }, nothing);
      } else {
        for (const [key, value] of newEntries(model.tags, there.tags)) {
          await post('/registered-models/set-tag', { name: model.name, key, value }, nothing);
        }
      }
      const findings: string[] = [];
      const known = new Map(there?.versions.map((version) => [version.version, version]));
      const foreign = new Set<number>();
      let highest = Math.max(0, ...known.keys());
      let versions = 0;
      for (const version of model.versions) {
        const other = known.get(version.version);
        if (other !== undefined) {
          if (other.tags.get(originTag) !== originOf(model.name, version) && !version.deleted) {
            foreign.add(version.version);
            findings.push(`version ${version.version} is another one there: not exported`);
          }
        } else if (version.version > highest) {
          highest = version.version;
          if (version.deleted) {
            await fillGap(model.name, version.version);
            continue;
          }
          const number = await createVersion(model.name, version);
          versions += 1;
          if (number !== version.version) {
            foreign.add(version.version);
            findings.push(`version ${version.version} has the number ${number} there`);
          }
        } else if (!version.deleted) {
          foreign.add(version.version);
          findings.push(`version ${version.version} was deleted there: not exported again`);
        }
      }
      let aliases = 0;
      for (const [alias, version] of model.aliases) {
        const other = there?.aliases.get(alias);
        if (other === undefined && !foreign.has(version)) {
          await post('/registered-models/alias', { name: model.name, alias, version: String(version) }, nothing);
          aliases += 1;
        } else if (foreign.has(version)) {
        findings.push(`alias "${alias}" names version ${version}, which is another one there: left as it is`);
      } else if (other !== version) {
          findings.push(`alias "${alias}" is version ${other ?? 'none'} there, ${version} here: left as it is`);
        }
      }
      return { outcome: there === undefined ? 'added' : 'present', findings, versions, aliases };
    },
  };
}
