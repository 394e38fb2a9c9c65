import { z } from 'zod';
import { isPrompt, promptTag } from '../../contract/prompts.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { Metric } from '../../contract/entities.ts';
import { artifactRoute, encodePath, MlflowRefusal, type MlflowClient } from './mlflowClient.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun, Place } from './carried.ts';
import type { StoreReader } from './storeReader.ts';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import { experimentWire, metricWire, modelWire, registeredModelWire, runWire, versionWire } from './answers.ts';

const token = z.string().optional();
export const experimentPage = z.object({ experiments: z.array(experimentWire).default([]), next_page_token: token });
export const runPage = z.object({ runs: z.array(runWire).default([]), next_page_token: token });
const metricPage = z.object({ metrics: z.array(metricWire).default([]), next_page_token: token });
const modelPage = z.object({ models: z.array(modelWire).default([]), next_page_token: token });
export const registeredPage = z.object({ registered_models: z.array(registeredModelWire).default([]), next_page_token: token });
export const versionPage = z.object({ model_versions: z.array(z.object({ name: z.string() }).and(versionWire)).default([]), next_page_token: token });
const listing = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() })).default([]),
  next_page_token: token,
});

const runsPerPage = 200;
const pointsPerPage = 25_000;

/** Searches leave prompts out unless they ask for them. */
const onlyPrompts = `tags.\`${promptTag}\` = 'true'`;

/** A filter that finds a name, and for one with both kinds of quotes maybe others: MLflow knows no escape for them. */
export function nameFilter(name: string): string {
  if (!name.includes("'")) {
    return `name = '${name}'`;
  }
  return name.includes('"') ? `name LIKE "${name.replaceAll('"', '_')}"` : `name = "${name}"`;
}

/** Follows page tokens until there is none. */
export async function* pages<P extends { next_page_token?: string | undefined }>(ask: (pageToken: string | undefined) => Promise<P>): AsyncGenerator<P> {
  let next: string | undefined;
  do {
    const page = await ask(next);
    yield page;
    next = page.next_page_token === '' ? undefined : page.next_page_token;
  } while (next !== undefined);
}

export function withToken(pageToken: string | undefined): { page_token?: string } {
  return pageToken === undefined ? {} : { page_token: pageToken };
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (MlflowRefusal.isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Reads an MLflow server through its REST protocol, page by page. Files come through the server, wherever it keeps them. */
export function createServerReader(client: MlflowClient): StoreReader {
  const metricKeys = new Map<string, string[]>();
  const toRun = ({ run, metrics }: z.output<typeof runWire>): CarriedRun => {
    metricKeys.set(run.id, metrics.map(({ key }) => key));
    return run;
  };
  const readRun = async (runId: string): Promise<CarriedRun | undefined> => {
    const found = await orUndefined(client.get('/runs/get', { run_id: runId }, z.object({ run: runWire })));
    return found === undefined ? undefined : toRun(found.run);
  };
  const withVersions = async (model: CarriedRegisteredModel): Promise<CarriedRegisteredModel> => {
    const filter = [nameFilter(model.name), ...(isPrompt(model.tags) ? [onlyPrompts] : [])].join(' AND ');
    const versions: CarriedRegisteredModel['versions'][number][] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof versionPage>> =>
      client.get('/model-versions/search', { filter, max_results: '1000', ...withToken(next) }, versionPage);
    for await (const { model_versions: found } of pages(ask)) {
      versions.push(...found.filter(({ name }) => name === model.name).map(({ name: _name, ...version }) => version));
    }
    const located = await Promise.all(
      versions.map(async (version) => {
        const answer = z.object({ artifact_uri: z.string().default('') });
        const query = { name: model.name, version: String(version.version) };
        // A version of a prompt has no files.
        const found = await client.get('/model-versions/get-download-uri', query, answer).catch(() => ({ artifact_uri: '' }));
        return { ...version, location: found.artifact_uri };
      }),
    );
    return { ...model, versions: located.sort((a, b) => a.version - b.version) };
  };

  /** Files that the server reads for us: they lie in a store that only it can reach. */
  async function* listBehind(place: Place, folder = ''): AsyncGenerator<ArtifactFile> {
    const ask = (next: string | undefined): Promise<z.output<typeof listing>> =>
      place.of === 'run'
        ? client.get('/artifacts/list', { run_id: place.id, ...(folder === '' ? {} : { path: folder }), ...withToken(next) }, listing)
        : client.get(`/logged-models/${place.id}/artifacts/directories`, { ...(folder === '' ? {} : { artifact_directory_path: folder }), ...withToken(next) }, listing);
    for await (const { files } of pages(ask)) {
      for (const { path, is_dir: isFolder, file_size: bytes } of files) {
        if (isFolder) {
          yield* listBehind(place, path);
        } else {
          yield { path, bytes };
        }
      }
    }
  }

  return {
    countRuns: () => undefined,
    notes: () => ['Logged models and versions that are deleted on a server cannot be read from it.'],
    async *experiments() {
      const ask = (next: string | undefined): Promise<z.output<typeof experimentPage>> =>
        client.send('POST', '/experiments/search', { view_type: 'ALL', max_results: 1000, ...withToken(next) }, experimentPage);
      for await (const { experiments } of pages(ask)) {
        yield* experiments;
      }
    },
    async *runs(experimentId) {
      const body = { experiment_ids: [experimentId], run_view_type: 'ALL', max_results: runsPerPage, order_by: ['attributes.start_time ASC'] };
      const ask = (next: string | undefined): Promise<z.output<typeof runPage>> => client.send('POST', '/runs/search', { ...body, ...withToken(next) }, runPage);
      for await (const { runs } of pages(ask)) {
        for (const found of runs) {
          yield toRun(found);
        }
        metricKeys.clear();
      }
    },
    run: (_experimentId, runId) => readRun(runId),
    async *points({ id }) {
      if (!metricKeys.has(id)) {
        await readRun(id);
      }
      for (const key of metricKeys.get(id) ?? []) {
        const query = { run_id: id, metric_key: key, max_results: String(pointsPerPage) };
        const ask = (next: string | undefined): Promise<z.output<typeof metricPage>> => client.get('/metrics/get-history', { ...query, ...withToken(next) }, metricPage);
        for await (const { metrics } of pages(ask)) {
          yield metrics satisfies readonly Metric[];
        }
      }
    },
    async *models(experimentId) {
      const ask = (next: string | undefined): Promise<z.output<typeof modelPage>> =>
        client.send('POST', '/logged-models/search', { experiment_ids: [experimentId], max_results: 50, ...withToken(next) }, modelPage);
      for await (const { models } of pages(ask)) {
        yield* models;
      }
    },
    async model(_experimentId, modelId): Promise<CarriedModel | undefined> {
      const read = (query: Readonly<Record<string, string>>): Promise<{ model: CarriedModel } | undefined> =>
        orUndefined(client.get(`/logged-models/${modelId}`, query, z.object({ model: modelWire })));
      const active = await read({});
      if (active !== undefined) {
        return active.model;
      }
      const deleted = await read({ allow_deleted: 'true' });
      return deleted === undefined ? undefined : { ...deleted.model, stage: 'deleted' };
    },
    async *registeredModels() {
      const seen = new Set<string>();
      for (const filter of [{}, { filter: onlyPrompts }]) {
        const ask = (next: string | undefined): Promise<z.output<typeof registeredPage>> =>
          client.get('/registered-models/search', { ...filter, max_results: '100', ...withToken(next) }, registeredPage);
        for await (const { registered_models: models } of pages(ask)) {
          for (const model of models) {
            if (!seen.has(model.name)) {
              seen.add(model.name);
              yield await withVersions(model);
            }
          }
        }
      }
    },
    async registeredModel(name) {
      const found = await orUndefined(client.get('/registered-models/get', { name }, z.object({ registered_model: registeredModelWire })));
      return found === undefined ? undefined : withVersions(found.registered_model);
    },
    readable: () => true,
    async *files(place) {
      const below = pathOfUri(place.uri);
      yield* below === undefined ? listBehind(place) : client.list(below);
    },
    read(place, path) {
      const below = pathOfUri(place.uri);
      if (below !== undefined) {
        return client.download(`${artifactRoute}/${encodePath(`${below}/${path}`)}`);
      }
      return place.of === 'run'
        ? client.download('/get-artifact', { run_id: place.id, path })
        : client.download(`/ajax-api/2.0/mlflow/logged-models/${place.id}/artifacts/files`, { artifact_file_path: path });
    },
    close: () => client.close(),
  };
}
