import type { RunTablePart } from '../../contract/tracking.ts';
import type { Database } from '../../platform/database/database.ts';
import { bareRun, factsOf, type RunFacts, type RunValues } from '../contractRun.ts';
import type { LoggedModels } from './loggedModels.ts';
import type { RunDetails } from './runDetails.ts';
import { runColumns, type RunRow } from './runs.ts';

/** Runs that are read at once: other reads of the thread wait no longer than these take. */
const slice = 100;

/** A tag of some kilobytes that repeats what the run's models say. */
const leftOut = 'mlflow.log-model.history';

interface ParamColumn {
  readonly places: number[];
  readonly known: Map<string, number>;
}

interface MetricColumn {
  readonly values: Float64Array;
  readonly nan: number[];
}

/** Fills a table run by run, each of them at the next place. @param size at most as many runs */
export function createTableWriter(size: number): { add(facts: RunFacts, values: RunValues): void; table(): RunTablePart } {
  const runs: RunTablePart['runs'] = [];
  const params = new Map<string, ParamColumn>();
  const metrics = new Map<string, MetricColumn>();
  const columnOf = <C>(columns: Map<string, C>, key: string, make: () => C): C => {
    const column = columns.get(key) ?? make();
    columns.set(key, column);
    return column;
  };
  return {
    add(facts, values) {
      const place = runs.length;
      const tags = new Map(facts.tags);
      tags.delete(leftOut);
      runs.push(bareRun({ ...facts, tags }));
      for (const [key, value] of values.params) {
        const { places, known } = columnOf(params, key, () => ({ places: Array.from({ length: size }, () => -1), known: new Map<string, number>() }));
        const at = known.get(value) ?? known.size;
        known.set(value, at);
        places[place] = at;
      }
      for (const { key, value } of values.metrics) {
        const column = columnOf(metrics, key, () => ({ values: new Float64Array(size).fill(Number.NaN), nan: [] }));
        column.values[place] = value;
        if (Number.isNaN(value)) {
          column.nan.push(place);
        }
      }
    },
    table: () => ({
      runs,
      params: [...params].map(([key, { places, known }]) => ({ key, values: [...known.keys()], places: places.slice(0, runs.length) })),
      metrics: [...metrics].map(([key, { values, nan }]) => ({ key, values: Buffer.from(values.buffer, 0, runs.length * values.BYTES_PER_ELEMENT).toString('base64'), nan })),
    }),
  };
}

/** Reads active runs as a table, in the order of the ids and without those that are not there; in steps, between which others get their turn. */
export type RunTableReader = (runIds: readonly string[]) => Generator<undefined, RunTablePart>;

export function createRunTableReader(database: Database, describeRuns: (rows: readonly RunRow[]) => RunDetails[], models: LoggedModels): RunTableReader {
  const find = database.prepare<[string], RunRow>(`SELECT ${runColumns} FROM runs WHERE stage = 'active' AND run_id IN (SELECT value FROM json_each(?))`);

  return function* (runIds) {
    const rows = new Map(find.all(JSON.stringify(runIds)).map((row) => [row.run_id, row]));
    const wanted = [...new Set(runIds)].flatMap((runId) => rows.get(runId) ?? []);
    const modelsOf = models.ofRuns(wanted.map(({ run_id: runId }) => runId));
    const writer = createTableWriter(wanted.length);
    for (let from = 0; from < wanted.length; from += slice) {
      for (const details of describeRuns(wanted.slice(from, from + slice))) {
        writer.add(factsOf(details, modelsOf(details.row.run_id)), details);
      }
      yield undefined;
    }
    return writer.table();
  };
}
