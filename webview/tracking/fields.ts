import type { Run } from '../../server/contract/tracking.ts';
import { standsForInfinity } from '../../server/contract/values.ts';
import { formatTime } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { betterDirection, type Direction } from './direction.ts';
import type { LinkedRuns } from './linkedRuns.ts';
import type { MetricColumn, ParamColumn, RunTable } from './runTable.ts';

/** One thing that compared runs have: a column of the table, a line of a card, a column of an export. */
export interface Field {
  readonly id: string;
  readonly label: string;
  /** Header above neighbouring fields, such as `Params` or `Metrics · val`. */
  readonly group: string;
  readonly kind: 'run' | 'param' | 'metric';
  /** Name of the param or metric. */
  readonly key: string;
  /** What it is called where no group stands above it. */
  readonly name: string;
  /** Read from the run that a cell of the captured run logged. */
  readonly linked: boolean;
  readonly numeric: boolean;
  readonly differs: boolean;
  readonly text: (run: Run) => string;
  /** The exact value, for exports. */
  readonly raw: (run: Run) => string;
  /** What to sort by: the number, or the place among all texts; undefined sorts last either way. */
  readonly order: (run: Run) => number | undefined;
  /** Runs with the best value, where the metric's name tells which that is. */
  readonly best: ReadonlySet<string>;
  readonly direction: Direction | undefined;
  /** The value that the others are seen against: that of at least half of the runs. */
  readonly usual: string | undefined;
  /** Few enough runs to mark every value where none is usual. */
  readonly few: boolean;
  /** The number to draw; undefined where there is none that is finite. */
  readonly number: (run: Run) => number | undefined;
  /** Where a metric's value lies between the worst (0) and the best (1), or the lowest and the highest of a metric without direction. */
  readonly share: (run: Run) => number | undefined;
}

/** The fields of these runs: the run's own, metrics, params, each sorted and grouped by the prefix of its name; then those of linked runs. */
export function fieldsOf(table: RunTable, linked?: LinkedRuns): Field[] {
  return [
    ...ownFields(table.runs),
    ...sorted(table.metrics).map((column) => metricField(table, column)),
    ...sorted(table.params).map((column) => paramField(table, column)),
    ...(linked === undefined ? [] : linkedFields(table.runs, linked)),
  ];
}

/** A captured run that logged several runs has the value of the latest that has one. */
function linkedFields(runs: readonly Run[], { of, table }: LinkedRuns): Field[] {
  const latest = (has: (row: number) => boolean): RunTable => {
    const rows = new Map(runs.map(({ runId }) => [runId, of(runId).flatMap((link) => table.rowOf(link.runId) ?? []).findLast(has)]));
    return { ...table, runs, rowOf: (runId) => rows.get(runId) };
  };
  const metrics = sorted(table.metrics).map((column) => metricField(latest((row) => !Number.isNaN(column.values[row]) || column.nan.has(row)), column, true));
  const params = sorted(table.params).map((column) => paramField(latest((row) => (column.places[row] ?? -1) >= 0), column, true));
  return [...metrics, ...params];
}

/** How a param or a metric is known and named. */
function identityOf(kind: 'param' | 'metric', key: string, linked: boolean): Pick<Field, 'id' | 'kind' | 'key' | 'name' | 'label' | 'group' | 'linked'> {
  const { prefix, leaf } = splitName(key);
  const group = `${linked ? 'Linked runs · ' : ''}${kind === 'param' ? 'Params' : 'Metrics'}${prefix === '' ? '' : ` · ${prefix}`}`;
  return { id: `${linked ? 'linked-' : ''}${kind}:${key}`, kind, key, name: linked ? `${key} (linked run)` : key, label: leaf, group, linked };
}

/** Numbers inside of texts count as numbers. */
export const naturally = new Intl.Collator('en', { numeric: true });

/** Plain names first: a group in the middle of them would cut them in two. */
function sorted<C>(columns: ReadonlyMap<string, C>): C[] {
  return [...columns]
    .map(([key, column]) => ({ key, column, prefix: splitName(key).prefix }))
    .sort((a, b) => naturally.compare(a.prefix, b.prefix) || naturally.compare(a.key, b.key))
    .map(({ column }) => column);
}

/** `val/loss` and `model.depth` belong under `val` and `model`; scikit-learn writes `model__depth`. */
export function splitName(name: string): { readonly prefix: string; readonly leaf: string } {
  const match = /^(?<prefix>.+?)(?:\/|\.|__)(?<leaf>[^/]+)$/.exec(name);
  return { prefix: match?.groups?.['prefix'] ?? '', leaf: match?.groups?.['leaf'] ?? name };
}

function ownFields(runs: readonly Run[]): Field[] {
  const none = (): undefined => undefined;
  const own = { group: '', kind: 'run', linked: false, differs: true, best: new Set<string>(), direction: undefined, usual: undefined, few: false, numeric: false, number: none, share: none } as const;
  const started = (run: Run): number => run.startedAt;
  const names = once(() => ranksOf(runs.map((run) => run.name)));
  const notes = once(() => ranksOf(runs.map(noteOf)));
  const hasNotes = runs.some((run) => noteOf(run) !== '');
  return [
    { ...own, id: 'run', key: 'name', name: 'Run', label: 'Run', text: (run) => run.name, raw: (run) => run.name, order: (run) => names().get(run.name) },
    { ...own, id: 'started', key: 'started', name: 'Started', label: 'Started', text: (run) => formatTime(run.startedAt), raw: (run) => new Date(run.startedAt).toISOString(), order: started, number: started },
    { ...own, id: 'duration', key: 'duration', name: 'Duration', label: 'Duration', numeric: true, text: durationText, raw: (run) => String(durationOf(run) ?? ''), order: durationOf, number: durationOf },
    ...(hasNotes ? [{ ...own, id: 'note', key: 'note', name: 'Note', label: 'Note', text: noteOf, raw: noteOf, order: (run: Run) => (noteOf(run) === '' ? undefined : notes().get(noteOf(run))) }] : []),
  ];
}

/** Where MLflow keeps the note of a run; Markdown. */
export function noteOf(run: Run): string {
  return run.tags['mlflow.note.content'] ?? '';
}

/** Each text's place in the natural order of all: to compare numbers afterwards is a hundred times quicker than to compare texts. */
function ranksOf(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...new Set(texts)].sort(naturally.compare).map((text, rank) => [text, rank]));
}

/** Milliseconds; undefined while the run goes on. */
function durationOf(run: Run): number | undefined {
  return run.endedAt === undefined ? undefined : run.endedAt - run.startedAt;
}

function durationText(run: Run): string {
  const duration = durationOf(run);
  return duration === undefined ? (run.status === 'RUNNING' ? 'running' : '') : formatDuration(duration);
}

function paramField({ runs, rowOf }: RunTable, { key, values, places }: ParamColumn, linked = false): Field {
  const placeOf = (run: Run): number => places[rowOf(run.runId) ?? -1] ?? -1;
  const valueOf = (run: Run): string | undefined => values[placeOf(run)];
  const numeric = once(() => values.length > 0 && values.every((value) => value.trim() !== '' && Number.isFinite(Number(value))));
  const numbers = once(() => (numeric() ? values.map(Number) : undefined));
  const orders = once(() => {
    const ranks = ranksOf(values.map((value) => value.toLowerCase()));
    return numbers() ?? values.map((value) => ranks.get(value.toLowerCase()) ?? 0);
  });
  const differing = once(() => differs(runs, placeOf));
  const usual = once(() => usualOf(runs.map(placeOf), values));
  return {
    ...identityOf('param', key, linked),
    get numeric() {
      return numeric();
    },
    get differs() {
      return differing();
    },
    text: (run) => valueOf(run) ?? '',
    raw: (run) => valueOf(run) ?? '',
    order: (run) => orders()[placeOf(run)],
    best: new Set(),
    direction: undefined,
    get usual() {
      return usual();
    },
    few: runs.length <= 4,
    number: (run) => numbers()?.[placeOf(run)],
    share: () => undefined,
  };
}

interface Extremes {
  readonly lowest: number;
  readonly highest: number;
  /** How many values are finite. */
  readonly finite: number;
}

function extremesOf(runs: readonly Run[], value: (run: Run) => number | undefined): Extremes {
  let [lowest, highest, finite] = [Infinity, -Infinity, 0];
  for (const run of runs) {
    const found = value(run);
    if (found !== undefined) {
      lowest = Math.min(lowest, found);
      highest = Math.max(highest, found);
      finite += 1;
    }
  }
  return { lowest, highest, finite };
}

function metricField({ runs, rowOf }: RunTable, { key, values, nan }: MetricColumn, linked = false): Field {
  const direction = betterDirection(key);
  /** Undefined where the run lacks the metric. */
  const valueOf = (run: Run): number | undefined => {
    const row = rowOf(run.runId) ?? -1;
    const value = values[row];
    return value === undefined || (Number.isNaN(value) && !nan.has(row)) ? undefined : value;
  };
  const number = (run: Run): number | undefined => {
    const value = values[rowOf(run.runId) ?? -1];
    return value === undefined || Number.isNaN(value) || standsForInfinity(value) ? undefined : value;
  };
  const extremes = once(() => extremesOf(runs, number));
  const best = once(() => {
    const { lowest, highest, finite } = extremes();
    // A value that all share distinguishes none.
    if (direction === undefined || finite < 2 || lowest === highest) {
      return new Set<string>();
    }
    return new Set(runs.filter((run) => number(run) === (direction === 'lower' ? lowest : highest)).map((run) => run.runId));
  });
  const differing = once(() => differs(runs, valueOf));
  return {
    ...identityOf('metric', key, linked),
    numeric: true,
    get differs() {
      return differing();
    },
    text: (run) => {
      const value = valueOf(run);
      return value === undefined ? '' : formatNumber(value);
    },
    raw: (run) => String(valueOf(run) ?? ''),
    order: (run) => {
      const value = valueOf(run);
      return Number.isNaN(value) ? undefined : value;
    },
    get best() {
      return best();
    },
    direction,
    usual: undefined,
    few: false,
    number,
    share: (run) => {
      const value = number(run);
      const { lowest, highest } = extremes();
      if (value === undefined || lowest === highest) {
        return undefined;
      }
      const position = (value - lowest) / (highest - lowest);
      return direction === 'lower' ? 1 - position : position;
    },
  };
}

/** With thousands of runs most of what could be known of a column is never asked. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function differs(runs: readonly Run[], value: (run: Run) => number | undefined): boolean {
  const [first] = runs;
  return first !== undefined && runs.some((run) => !Object.is(value(run), value(first)));
}

/** The value that at least half of the runs share. @param places of each run's value in `values`, -1 for none */
function usualOf(places: readonly number[], values: readonly string[]): string | undefined {
  const counts = new Map<number, number>();
  places.forEach((place) => counts.set(place, (counts.get(place) ?? 0) + 1));
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first !== undefined && first[1] > 1 && first[1] * 2 >= places.length ? (values[first[0]] ?? '') : undefined;
}

/** Whether this run's value is one that the eye should find: the column differs and this is not the usual value. */
export function standsOut(field: Field, run: Run): boolean {
  return field.kind === 'param' && field.differs && (field.usual === undefined ? field.few : field.text(run) !== field.usual);
}

export interface RunOrder {
  readonly field: string;
  readonly descending: boolean;
}

/** Runs in the wanted order, the first criterion first; runs without a value come last, ties keep their order. */
export function sortRuns(runs: readonly Run[], fields: readonly Field[], orders: readonly RunOrder[]): readonly Run[] {
  const criteria = orders.flatMap(({ field: id, descending }) => {
    const field = fields.find((item) => item.id === id);
    return field === undefined ? [] : [{ values: runs.map(field.order), sign: descending ? -1 : 1 }];
  });
  if (criteria.length === 0) {
    return runs;
  }
  const places = runs.map((_, index) => index).sort((a, b) => {
    for (const { values, sign } of criteria) {
      const compared = compareValues(values[a], values[b], sign);
      if (compared !== 0) {
        return compared;
      }
    }
    return a - b;
  });
  return places.flatMap((place) => runs[place] ?? []);
}

/** Undefined comes last either way. */
export function compareValues(left: number | undefined, right: number | undefined, sign: number): number {
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? 1 : -1;
  }
  // The difference of two equal infinities is not a number.
  return left === right ? 0 : sign * (left < right ? -1 : 1);
}

/**
 * The order after a header was used: its column first goes its usual way, then the other way, then it is left out.
 * @param extend keeps the other criteria
 */
export function nextOrder(orders: readonly RunOrder[], field: string, usuallyDescending: boolean, extend: boolean): readonly RunOrder[] {
  const current = orders.find((order) => order.field === field);
  const others = extend ? orders : orders.filter((order) => order.field === field);
  if (current === undefined) {
    return [...others, { field, descending: usuallyDescending }];
  }
  return current.descending === usuallyDescending
    ? others.map((order) => (order.field === field ? { field, descending: !usuallyDescending } : order))
    : others.filter((order) => order.field !== field);
}
