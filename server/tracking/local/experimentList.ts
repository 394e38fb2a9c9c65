import type { Experiment } from '../../contract/tracking.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Experiments, StoredExperiment } from './experiments.ts';
import type { createExperimentSearch } from './search/experimentSearch.ts';

/** At most this many experiments are listed. */
const mostExperiments = 10_000;

/** Experiments in the form of the companion's own API. */
export interface ExperimentList {
  /** The active ones, those used last first. Counts every run: for threads that read. */
  all(): Experiment[];
  /** @throws Problem `not-found` */
  one(experimentId: string): Experiment;
}

interface Usage {
  readonly runs: number;
  /** Null without runs. */
  readonly newest: number | null;
}

function toContract({ experimentId, name, createdAt, updatedAt, tags }: StoredExperiment, usage: Usage | undefined): Experiment {
  return { experimentId, name, createdAt, lastUpdatedAt: Math.max(updatedAt, usage?.newest ?? 0), runs: usage?.runs ?? 0, tags: { ...tags } };
}

export function createExperimentList(database: Database, experiments: Experiments, search: ReturnType<typeof createExperimentSearch>): ExperimentList {
  const usage = `count(*) AS runs, max(started_at) AS newest FROM runs WHERE stage = 'active'`;
  const ofAll = database.prepare<[], Usage & { readonly experiment: number }>(`SELECT experiment, ${usage} GROUP BY experiment`);
  const ofOne = database.prepare<[number], Usage>(`SELECT ${usage} AND experiment = ?`);
  return {
    all() {
      const used = new Map(ofAll.all().map((row) => [String(row.experiment), row]));
      return experiments
        .describe(search({ limit: mostExperiments }))
        .map((experiment) => toContract(experiment, used.get(experiment.experimentId)))
        .sort((a, b) => b.lastUpdatedAt - a.lastUpdatedAt);
    },
    one(experimentId) {
      const experiment = experiments.get(experimentId);
      return toContract(experiment, ofOne.get(Number(experimentId)));
    },
  };
}
