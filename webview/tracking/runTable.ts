import type { Run, RunTablePart } from '../../server/contract/tracking.ts';

/** One param of all runs, by their rows. */
export interface ParamColumn {
  readonly key: string;
  /** Each value once. */
  readonly values: readonly string[];
  /** The place of a row's value in `values`; -1 where it has none. */
  readonly places: Int32Array;
}

/** One metric of all runs, by their rows. */
export interface MetricColumn {
  readonly key: string;
  /** NaN where a row has none. */
  readonly values: Float64Array;
  /** Rows whose value is not a number. */
  readonly nan: ReadonlySet<number>;
}

/** Runs with their params and metrics as columns: thousands of records of hundreds of values would take seconds to make and to read. */
export interface RunTable {
  readonly runs: readonly Run[];
  readonly params: ReadonlyMap<string, ParamColumn>;
  readonly metrics: ReadonlyMap<string, MetricColumn>;
  /** Where a run's values are in the columns; undefined for a run that is not of this table. */
  readonly rowOf: (runId: string) => number | undefined;
}

interface GrowingParam {
  readonly key: string;
  values: string[];
  places: Int32Array;
  readonly known: Map<string, number>;
}

interface GrowingMetric {
  readonly key: string;
  values: Float64Array;
  readonly nan: Set<number>;
}

/** A table that grows as its runs arrive. */
export interface RunTableWriter {
  /** Makes room for this many runs at once: columns that grow are copied. */
  expect(runs: number): void;
  /** Adds runs, or what is new of runs that are there. */
  add(part: RunTablePart): void;
  /** Takes runs out. */
  remove(runIds: ReadonlySet<string>): void;
  /** The table as it is now. @param newestFirst puts the runs in the order of their start; else they stand as they came */
  table(newestFirst: boolean): RunTable;
}

const firstRows = 64;

export function createRunTableWriter(): RunTableWriter {
  const params = new Map<string, GrowingParam>();
  const metrics = new Map<string, GrowingMetric>();
  const rows = new Map<string, number>();
  const runs = new Map<string, Run>();
  let room = firstRows;

  const makeRoom = (wanted: number): void => {
    room = wanted;
    for (const column of params.values()) {
      const places = new Int32Array(room).fill(-1);
      places.set(column.places);
      column.places = places;
    }
    for (const column of metrics.values()) {
      const values = new Float64Array(room).fill(Number.NaN);
      values.set(column.values);
      column.values = values;
    }
  };
  const rowFor = (runId: string): number => {
    const row = rows.get(runId) ?? rows.size;
    rows.set(runId, row);
    return row;
  };

  return {
    expect(wanted) {
      if (wanted > room) {
        makeRoom(wanted);
      }
    },
    add(part) {
      const places = part.runs.map(({ runId }) => rowFor(runId));
      if (rows.size > room) {
        makeRoom(Math.max(rows.size, room * 2));
      }
      for (const [index, run] of part.runs.entries()) {
        runs.set(run.runId, withValues(run, places[index] ?? 0, params, metrics));
      }
      for (const { key, values, places: found } of part.params) {
        const column = params.get(key) ?? { key, values: [], places: new Int32Array(room).fill(-1), known: new Map<string, number>() };
        params.set(key, column);
        const moved = values.map((value) => {
          const at = column.known.get(value) ?? column.known.size;
          if (at === column.values.length) {
            column.known.set(value, at);
            column.values.push(value);
          }
          return at;
        });
        // Plain loops: this runs for hundreds of columns of each part, between two frames.
        for (let index = 0; index < found.length; index += 1) {
          const [place, row] = [found[index] ?? -1, places[index]];
          if (place >= 0 && row !== undefined) {
            column.places[row] = moved[place] ?? -1;
          }
        }
      }
      for (const { key, values, nan } of part.metrics) {
        const column = metrics.get(key) ?? { key, values: new Float64Array(room).fill(Number.NaN), nan: new Set<number>() };
        metrics.set(key, column);
        const found = floatsOf(values);
        for (let index = 0; index < found.length; index += 1) {
          const row = places[index];
          if (row !== undefined) {
            column.values[row] = found[index] ?? Number.NaN;
            column.nan.delete(row);
          }
        }
        nan.forEach((index) => column.nan.add(places[index] ?? -1));
      }
    },
    remove(runIds) {
      runIds.forEach((runId) => runs.delete(runId));
    },
    table(newestFirst) {
      const all = [...runs.values()];
      return {
        runs: newestFirst ? all.sort((a, b) => b.startedAt - a.startedAt) : all,
        params,
        metrics,
        rowOf: (runId) => rows.get(runId),
      };
    },
  };
}

/** 64-bit floats, little-endian as all machines that VS Code runs on, in base64. */
function floatsOf(base64: string): Float64Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    bytes[at] = text.charCodeAt(at);
  }
  return new Float64Array(bytes.buffer);
}

/** A run whose params and metrics are gathered from the columns when they are asked for. */
function withValues(run: RunTablePart['runs'][number], row: number, params: ReadonlyMap<string, ParamColumn>, metrics: ReadonlyMap<string, MetricColumn>): Run {
  return {
    ...run,
    get params() {
      return Object.fromEntries(
        [...params.values()].flatMap(({ key, values, places }) => {
          const value = values[places[row] ?? -1];
          return value === undefined ? [] : [[key, value] as const];
        }),
      );
    },
    get metrics() {
      return Object.fromEntries(
        [...metrics.values()].flatMap(({ key, values, nan }) => {
          const value = values[row] ?? Number.NaN;
          return Number.isNaN(value) && !nan.has(row) ? [] : [[key, wireOf(value)] as const];
        }),
      );
    },
  };
}

function wireOf(value: number): Run['metrics'][string] {
  if (Number.isFinite(value)) {
    return value;
  }
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
