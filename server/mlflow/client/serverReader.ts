import { z } from 'zod';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { Metric } from '../../contract/entities.ts';
import { Problem } from '../../platform/errors.ts';
import { experimentWire, modelWire, runWire } from './answers.ts';
import type { CarriedModel, CarriedRun, Place } from './carried.ts';
import { whyNoEntry } from './listedEntry.ts';
import { artifactRoute, encodePath, type MlflowClient } from './mlflowClient.ts';
import { orUndefined } from './mlflowRefusal.ts';
import { filePage, looseList, metricPage, pages, understood, withToken } from './pages.ts';
import { passNothingOver, untilPassedOver, type PassOver } from './passedOver.ts';
import { createServerRegistryReader } from './serverRegistryReader.ts';
import type { StoreReader } from './storeReader.ts';

type LoosePage = z.output<ReturnType<typeof looseList>>;

const runsPerPage = 200;
const pointsPerPage = 25_000;

/**
 * Reads an MLflow server through its REST protocol, page by page. Files come through the server, wherever it keeps them.
 * @param passOver told of what cannot be understood or leads elsewhere; without it the first such thing is a failure
 */
export function createServerReader(client: MlflowClient, passOver: PassOver = passNothingOver): StoreReader {
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
        const why = whyNoEntry(path, folder);
        if (why !== undefined) {
          passOver('artifact', `${place.id}/${path}`, why);
        } else if (isFolder) {
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
      const ask = (next: string | undefined): Promise<LoosePage> =>
        client.send('POST', '/experiments/search', { view_type: 'ALL', max_results: 1000, ...withToken(next) }, looseList('experiments'));
      for await (const { items } of pages(ask)) {
        yield* understood(items, experimentWire, 'experiment', passOver);
      }
    },
    async *runs(experimentId) {
      const body = { experiment_ids: [experimentId], run_view_type: 'ALL', max_results: runsPerPage, order_by: ['attributes.start_time ASC'] };
      const ask = (next: string | undefined): Promise<LoosePage> => client.send('POST', '/runs/search', { ...body, ...withToken(next) }, looseList('runs'));
      for await (const { items } of untilPassedOver(pages(ask), 'runs of experiment', experimentId, passOver)) {
        for (const found of understood(items, runWire, 'run', passOver)) {
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
        for await (const { metrics } of untilPassedOver(pages(ask), 'metric', `${id} ${key}`, passOver)) {
          yield metrics satisfies readonly Metric[];
        }
      }
    },
    async *models(experimentId) {
      const ask = (next: string | undefined): Promise<LoosePage> =>
        client.send('POST', '/logged-models/search', { experiment_ids: [experimentId], max_results: 50, ...withToken(next) }, looseList('models'));
      for await (const { items } of untilPassedOver(pages(ask), 'models of experiment', experimentId, passOver)) {
        yield* understood(items, modelWire, 'model', passOver);
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
    ...createServerRegistryReader(client, passOver),
    readable: () => true,
    async *files(place) {
      let below: string | undefined;
      try {
        below = pathOfUri(place.uri);
      } catch (error) {
        if (!Problem.is(error, 'invalid-input')) {
          throw error;
        }
        passOver('artifacts', place.id, `${place.uri}: ${error.message}`);
        return;
      }
      const listed = below === undefined ? listBehind(place) : client.list(below, (entry, why) => passOver('artifact', `${place.id}/${entry}`, why));
      yield* untilPassedOver(listed, 'artifacts', place.id, passOver);
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
