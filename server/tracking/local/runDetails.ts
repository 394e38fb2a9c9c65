import type { Database } from '../../platform/database/database.ts';
import { readValue } from './valueColumns.ts';
import type { Metrics } from './metrics.ts';
import type { Metric } from '../../contract/entities.ts';
import { createRunLinks, type RunLinks } from './runLinks.ts';
import type { RunRow } from './runs.ts';

/** All that belongs to a run beside the histories of its metrics. */
export interface RunDetails extends RunLinks {
  readonly row: RunRow;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** The latest point of each metric. */
  readonly metrics: readonly Metric[];
}

interface Gathered extends RunLinks {
  readonly row: RunRow;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Metric[];
}

/** Reads what belongs to many runs with one query a kind. */
export function createRunReader(database: Database, metrics: Metrics): (rows: readonly RunRow[]) => RunDetails[] {
  const many = 'IN (SELECT value FROM json_each(?))';
  const params = database.prepare<[string], [number, string, string]>(`SELECT run, key, value FROM run_params WHERE run ${many}`).raw();
  const tags = database.prepare<[string], [number, string, string]>(`SELECT run, key, value FROM run_tags WHERE run ${many}`).raw();
  const latest = database
    .prepare<[string], [number, number, number, number, number, number]>(`SELECT run, key, step, at, value, nan FROM latest_metrics WHERE run ${many}`)
    .raw();
  const links = createRunLinks(database);

  return (rows) => {
    const linksOf = links(rows.map(({ id }) => id));
    const gathered = new Map<number, Gathered>(rows.map((row) => [row.id, { row, params: new Map(), tags: new Map(), metrics: [], ...linksOf(row.id) }]));
    const ids = JSON.stringify([...gathered.keys()]);
    for (const [run, key, value] of params.all(ids)) {
      gathered.get(run)?.params.set(key, value);
    }
    for (const [run, key, value] of tags.all(ids)) {
      gathered.get(run)?.tags.set(key, value);
    }
    for (const [run, key, step, at, value, nan] of latest.all(ids)) {
      gathered.get(run)?.metrics.push({ key: metrics.keyName(key), step, at, value: readValue(value, nan) });
    }
    return [...gathered.values()];
  };
}
