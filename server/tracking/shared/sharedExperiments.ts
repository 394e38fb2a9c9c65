import { z } from 'zod';
import type { DeletedExperiment } from '../../contract/deleted.ts';
import type { TagChanges } from '../../contract/primaryMetric.ts';
import type { Experiment } from '../../contract/tracking.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { experimentPage, pages, withToken } from '../../mlflow/client/pages.ts';
import type { CarriedExperiment } from '../../mlflow/client/carried.ts';
import { experimentWire } from '../../mlflow/client/answers.ts';

/** Experiments of a shared server. How many runs they have is not told. */
export interface SharedExperiments {
  /** Active ones, the most recently changed first. */
  list(): Promise<Experiment[]>;
  /** Ids of the active ones. */
  ids(): Promise<string[]>;
  get(experimentId: string): Promise<Experiment>;
  deleted(): Promise<DeletedExperiment[]>;
  create(name: string): Promise<Experiment>;
  rename(experimentId: string, name: string): Promise<Experiment>;
  /** Changes tags by what they are. A tag that is to go is emptied: servers before MLflow 3 cannot remove one. */
  setTags(experimentId: string, change: (tags: Experiment['tags']) => TagChanges): Promise<Experiment>;
  delete(experimentId: string): Promise<void>;
  restore(experimentId: string): Promise<Experiment>;
}

/** MLflow's own bound. */
const experimentsPerPage = 1000;

const nothing = z.object({});

function contractExperiment({ id, name, createdAt, updatedAt, tags }: CarriedExperiment): Experiment {
  return { experimentId: id, name, createdAt, lastUpdatedAt: updatedAt, tags: Object.fromEntries(tags) };
}

export function createSharedExperiments(client: MlflowClient): SharedExperiments {
  const search = async (view: 'ACTIVE_ONLY' | 'DELETED_ONLY'): Promise<CarriedExperiment[]> => {
    const all: CarriedExperiment[] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof experimentPage>> =>
      client.send('POST', '/experiments/search', { max_results: experimentsPerPage, view_type: view, ...withToken(next) }, experimentPage);
    for await (const { experiments } of pages(ask)) {
      all.push(...experiments);
    }
    return all.sort((a, b) => b.updatedAt - a.updatedAt);
  };
  const get = async (experimentId: string): Promise<Experiment> =>
    contractExperiment((await client.get('/experiments/get', { experiment_id: experimentId }, z.object({ experiment: experimentWire }))).experiment);
  const change = async (path: string, body: object): Promise<void> => void (await client.send('POST', path, body, nothing));

  return {
    list: async () => (await search('ACTIVE_ONLY')).map(contractExperiment),
    ids: async () => (await search('ACTIVE_ONLY')).map(({ id }) => id),
    get,
    deleted: async () => (await search('DELETED_ONLY')).map(({ id, name, updatedAt }) => ({ experimentId: id, name, deletedAt: updatedAt })),
    async create(name) {
      const { experiment_id: id } = await client.send('POST', '/experiments/create', { name }, z.object({ experiment_id: z.string() }));
      return get(id);
    },
    async rename(experimentId, name) {
      await change('/experiments/update', { experiment_id: experimentId, new_name: name });
      return get(experimentId);
    },
    async setTags(experimentId, wanted) {
      const { tags } = await get(experimentId);
      for (const [key, value = ''] of Object.entries(wanted(tags))) {
        if (value !== (tags[key] ?? '')) {
          await change('/experiments/set-experiment-tag', { experiment_id: experimentId, key, value });
        }
      }
      return get(experimentId);
    },
    delete: (experimentId) => change('/experiments/delete', { experiment_id: experimentId }),
    async restore(experimentId) {
      await change('/experiments/restore', { experiment_id: experimentId });
      return get(experimentId);
    },
  };
}
