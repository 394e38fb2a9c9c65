import type { Database } from '../../platform/database/database.ts';

/** Ids of active runs, the newest first; of all experiments where none is given. */
export type ActiveRunIds = (experiment: number | undefined, limit: number) => { readonly runIds: readonly string[]; readonly truncated: boolean };

/** Reads them from indexes alone. */
export function createActiveRunIds(database: Database): ActiveRunIds {
  const ids = (where: string): ((parameters: { readonly experiment: number | undefined; readonly limit: number }) => string[]) => {
    const statement = database.prepare<[object], string>(`SELECT run_id FROM runs WHERE ${where} ORDER BY started_at DESC, run_id LIMIT @limit`).pluck();
    return (parameters) => statement.all(parameters);
  };
  const ofAll = ids(`stage = 'active'`);
  const ofOne = ids(`experiment = @experiment AND stage = 'active'`);
  return (experiment, limit) => {
    const found = (experiment === undefined ? ofAll : ofOne)({ experiment, limit: limit + 1 });
    return { runIds: found.slice(0, limit), truncated: found.length > limit };
  };
}
