import { z } from 'zod';
import type { Comparison, Run, RunTablePart } from '../../contract/tracking.ts';
import { Problem } from '../../platform/errors.ts';
import { compareRuns, type KernelEnvironment } from '../comparison.ts';
import { contractRun, type RunFacts } from '../contractRun.ts';
import type { Metric } from '../../contract/entities.ts';
import { noteTag } from '../../platform/names.ts';
import { runModelOf, type RunModel } from '../local/runModel.ts';
import { createTableWriter } from '../local/runTable.ts';
import { quote } from '../local/search/grammar.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { pages, runPage, withToken } from '../../mlflow/client/pages.ts';
import type { CarriedRun } from '../../mlflow/client/carried.ts';
import { runWire } from '../../mlflow/client/answers.ts';
import type { LoggedModelCache } from './loggedModelCache.ts';
import type { FetchedTexts } from './fetchedTexts.ts';
import type { SharedExperiments } from './sharedExperiments.ts';

/** A run as the server answers it, with the latest point of each metric. */
export interface SharedRun {
  readonly run: CarriedRun;
  readonly metrics: readonly Metric[];
}

export interface RunQuery {
  readonly experimentId?: string | undefined;
  readonly notebook?: string | undefined;
  /** In the server's own grammar: MLflow knows AND alone. */
  readonly filter?: string | undefined;
  readonly limit: number;
}

/** Runs of a shared server. */
export interface SharedRuns {
  /** The newest first, and whether there are more. */
  list(query: RunQuery): Promise<{ runs: Run[]; truncated: boolean }>;
  /** Ids of active runs, the newest first: as many as are asked for, up to a bound of what is read. */
  ids(query: Pick<RunQuery, 'experimentId' | 'limit'>): Promise<{ runIds: string[]; truncated: boolean }>;
  /** Active runs as a table, in the order of the ids. */
  table(runIds: readonly string[]): Promise<RunTablePart>;
  /** Deleted ones of active experiments, the latest first. */
  deleted(limit: number): Promise<CarriedRun[]>;
  find(runId: string): Promise<SharedRun>;
  get(runId: string): Promise<Run>;
  compare(runIds: readonly string[]): Promise<Comparison>;
  rename(runId: string, name: string): Promise<void>;
  setNote(runId: string, note: string): Promise<void>;
  delete(runId: string): Promise<void>;
  restore(runId: string): Promise<void>;
  /** What is on its way to tables is asked for again: something has changed. */
  forget(): void;
}

/** A listing has whole runs: more would be waited for too long. */
const mostListed = 2000;
const runsPerPage = 500;

const nothing = z.object({});
const newestFirst = ['attributes.start_time DESC', 'attributes.run_id'];

export interface SharedRunsOptions {
  readonly client: MlflowClient;
  readonly experiments: SharedExperiments;
  readonly models: LoggedModelCache;
  readonly texts: FetchedTexts;
  /** What the kernel of a captured run had installed, by the id that the run has on the server or on this machine. */
  readonly kernelOf: (run: Run) => KernelEnvironment | undefined;
}

function modelIds({ models }: CarriedRun): string[] {
  return models.filter(({ direction }) => direction === 'output').map(({ modelId }) => modelId);
}

export function createSharedRuns({ client, experiments, models, texts, kernelOf }: SharedRunsOptions): SharedRuns {
  /** Runs that a listing has read and no table has shown yet. */
  const listed = new Map<string, SharedRun>();

  const post = (path: string, body: object): Promise<unknown> => client.send('POST', path, body, nothing);
  const find = async (runId: string): Promise<SharedRun> => (await client.get('/runs/get', { run_id: runId }, z.object({ run: runWire }))).run;
  const search = (body: { readonly experiment_ids: readonly string[]; readonly filter?: string; readonly max_results: number; readonly page_token?: string; readonly run_view_type?: string }): Promise<z.output<typeof runPage>> =>
    body.experiment_ids.length === 0 ? Promise.resolve({ runs: [] }) : client.send('POST', '/runs/search', { order_by: newestFirst, ...body }, runPage);
  const idsOf = (experimentId: string | undefined): Promise<string[]> => (experimentId === undefined ? experiments.ids() : Promise.resolve([experimentId]));

  const factsOf = async (run: CarriedRun): Promise<RunFacts> => {
    const { id: runId, experimentId, name, status, startedAt, endedAt, user, tags } = run;
    const made = await Promise.all(modelIds(run).map(async (modelId) => ({ modelId, name: (await models.find(modelId))?.name ?? modelId })));
    return { runId, experimentId, name, status, startedAt, endedAt, user, tags, models: made };
  };
  const describe = async ({ run, metrics }: SharedRun): Promise<Run> => contractRun(await factsOf(run), { params: run.params, metrics });
  /** What a run's last model says about what it needs. */
  const modelOf = async (run: CarriedRun): Promise<RunModel> => {
    const modelId = modelIds(run).at(-1);
    const model = modelId === undefined ? undefined : await models.find(modelId);
    const read = async (file: string): Promise<string> => (model === undefined ? '' : texts.read({ location: model.artifactUri, modelId: model.id, run: undefined }, file));
    const [requirements, environment, mlmodel] = await Promise.all([read('requirements.txt'), read('python_env.yaml'), read('MLmodel')]);
    return runModelOf(requirements, environment, mlmodel);
  };
  /** @throws Problem `invalid-input` for an id that would end the literal which it is put in */
  const literal = (runId: string): string => {
    if (!/^[\w-]+$/.test(runId)) {
      throw new Problem('invalid-input', `'${runId}' is no run id.`, { field: 'runIds' });
    }
    return quote(runId);
  };

  return {
    async list({ experimentId, notebook, filter, limit }) {
      const ofNotebook = notebook === undefined ? undefined : `tags."slipway.notebook" = ${quote(notebook)}`;
      const asked = [ofNotebook, filter?.trim()].filter((part) => part !== undefined && part !== '').join(' AND ');
      const { runs } = await search({ experiment_ids: await idsOf(experimentId), filter: asked, max_results: limit + 1 });
      return { runs: await Promise.all(runs.slice(0, limit).map(describe)), truncated: runs.length > limit };
    },
    async ids({ experimentId, limit }) {
      const wanted = Math.min(limit, mostListed);
      const experimentIds = await idsOf(experimentId);
      const found: SharedRun[] = [];
      listed.clear();
      for await (const { runs, next_page_token: more } of pages((next) => search({ experiment_ids: experimentIds, max_results: Math.min(runsPerPage, wanted), ...withToken(next) }))) {
        found.push(...runs);
        if (found.length > wanted || (found.length === wanted && more === undefined)) {
          break;
        }
      }
      found.slice(0, wanted).forEach((one) => listed.set(one.run.id, one));
      return { runIds: found.slice(0, wanted).map(({ run }) => run.id), truncated: found.length > wanted };
    },
    async table(runIds) {
      const wanted = [...new Set(runIds)];
      const found = new Map(wanted.flatMap((runId) => {
        const one = listed.get(runId);
        listed.delete(runId);
        return one === undefined ? [] : [[runId, one] as const];
      }));
      const missing = wanted.filter((runId) => !found.has(runId));
      if (missing.length > 0) {
        const { runs } = await search({ experiment_ids: await experiments.ids(), filter: `attributes.run_id IN (${missing.map(literal).join(', ')})`, max_results: missing.length });
        runs.forEach((one) => found.set(one.run.id, one));
      }
      const runs = wanted.flatMap((runId) => found.get(runId) ?? []);
      const facts = await Promise.all(runs.map(({ run }) => factsOf(run)));
      const writer = createTableWriter(runs.length);
      runs.forEach(({ run, metrics }, place) => {
        const one = facts[place];
        if (one !== undefined) {
          writer.add(one, { params: run.params, metrics });
        }
      });
      return writer.table();
    },
    async deleted(limit) {
      const { runs } = await search({ experiment_ids: await experiments.ids(), run_view_type: 'DELETED_ONLY', max_results: limit });
      return runs.map(({ run }) => run);
    },
    find,
    get: async (runId) => describe(await find(runId)),
    async compare(runIds) {
      const found = await Promise.all([...new Set(runIds)].map(find));
      return compareRuns(
        await Promise.all(
          found.map(async (one) => {
            const [run, model] = await Promise.all([describe(one), modelOf(one.run)]);
            return { run, origin: one.run, model, kernel: kernelOf(run) };
          }),
        ),
      );
    },
    rename: async (runId, name) => void (await post('/runs/update', { run_id: runId, run_name: name })),
    async setNote(runId, note) {
      if (note !== '') {
        await post('/runs/set-tag', { run_id: runId, key: noteTag, value: note });
      } else if ((await find(runId)).run.tags.has(noteTag)) {
        await post('/runs/delete-tag', { run_id: runId, key: noteTag });
      }
    },
    delete: async (runId) => void (await post('/runs/delete', { run_id: runId })),
    restore: async (runId) => void (await post('/runs/restore', { run_id: runId })),
    forget: () => listed.clear(),
  };
}
