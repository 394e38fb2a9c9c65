import { z } from 'zod';
import type { Run } from '../../contract/tracking.ts';
import type { Database } from '../../platform/database/database.ts';

/** What the links from cells say about a run. */
export type LoggedRun = Pick<Run, 'runId' | 'name' | 'experimentId' | 'startedAt' | 'models'>;

/** Runs that kernels of this machine made on shared servers: what cells link to is known without asking there. */
export interface LinkedRuns {
  add(run: Omit<LoggedRun, 'models'> & { readonly server: string }): void;
  addModel(runId: string, model: { readonly modelId: string; readonly name: string }): void;
  find(runId: string): (LoggedRun & { readonly server: string }) | undefined;
}

interface Row {
  readonly run_id: string;
  readonly server: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly started_at: number;
  readonly models: string;
}

const modelList = z.array(z.object({ modelId: z.string(), name: z.string() }));

export function createLinkedRuns(database: Database): LinkedRuns {
  const insert = database.prepare<[string, string, string, string, number]>('INSERT OR IGNORE INTO remote_runs (run_id, server, experiment_id, name, started_at) VALUES (?, ?, ?, ?, ?)');
  const one = database.prepare<[string], Row>('SELECT * FROM remote_runs WHERE run_id = ?');
  const setModels = database.prepare<[string, string]>('UPDATE remote_runs SET models = ? WHERE run_id = ?');
  const modelsOf = (row: Row): z.output<typeof modelList> => modelList.parse(JSON.parse(row.models));
  return {
    add: ({ runId, server, experimentId, name, startedAt }) => void insert.run(runId, server, experimentId, name, startedAt),
    addModel: database.transaction((runId: string, model: { readonly modelId: string; readonly name: string }) => {
      const row = one.get(runId);
      if (row !== undefined) {
        setModels.run(JSON.stringify([...modelsOf(row), model]), runId);
      }
    }),
    find(runId) {
      const row = one.get(runId);
      return row === undefined ? undefined : { runId, server: row.server, name: row.name, experimentId: row.experiment_id, startedAt: row.started_at, models: modelsOf(row) };
    },
  };
}
