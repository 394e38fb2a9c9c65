import { z } from 'zod';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { Metric } from '../../contract/entities.ts';
import { modelWire, runWire } from './answers.ts';
import type { CarriedModel, CarriedRun, Place } from './carried.ts';
import { artifactRoute, encodePath, type MlflowClient } from './mlflowClient.ts';
import { orUndefined } from './mlflowRefusal.ts';
import { experimentPage, filePage, metricPage, modelPage, pages, runPage, withToken } from './pages.ts';
import { createServerRegistryReader } from './serverRegistryReader.ts';
import type { StoreReader } from './storeReader.ts';

const runsPerPage = 200;
const pointsPerPage = 25_000;

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

  /** Files that the server reads for us: they lie in a store that only it can reach. */
  async function* listBehind(place: Place, folder = ''): AsyncGenerator<ArtifactFile> {
    const ask = (next: string | undefined): Promise<z.output<typeof filePage>> =>
      place.of === 'run'
        ? client.get('/artifacts/list', { run_id: place.id, ...(folder === '' ? {} : { path: folder }), ...withToken(next) }, filePage)
        : client.get(`/logged-models/${place.id}/artifacts/directories`, { ...(folder === '' ? {} : { artifact_directory_path: folder }), ...withToken(next) }, filePage);
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
    ...createServerRegistryReader(client),
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
