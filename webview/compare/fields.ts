import type { Run } from '../../server/contract/tracking.ts';
import { formatDuration, formatMetric, formatTime, numberOf } from '../ui/format.ts';
import { betterDirection, type Direction } from './direction.ts';

/** One thing that compared runs have: a column of the table, a line of a card, a column of an export. */
export interface Field {
  readonly id: string;
  readonly label: string;
  /** Header above neighbouring fields, such as `Params` or `Metrics · val`. */
  readonly group: string;
  readonly kind: 'run' | 'param' | 'metric';
  /** Name of the param or metric. */
  readonly key: string;
  readonly numeric: boolean;
  readonly differs: boolean;
  readonly text: (run: Run) => string;
  /** The exact value, for exports. */
  readonly raw: (run: Run) => string;
  /** What to sort by; undefined sorts last either way. */
  readonly order: (run: Run) => number | string | undefined;
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

/** The fields of these runs: the run's own, metrics, params, each sorted and grouped by the prefix of its name. */
export function fieldsOf(runs: readonly Run[]): Field[] {
  return [...ownFields(), ...keysOf(runs, 'metrics').map((key) => metricField(runs, key)), ...keysOf(runs, 'params').map((key) => paramField(runs, key))];
}

function keysOf(runs: readonly Run[], side: 'params' | 'metrics'): string[] {
  const known = new Set<string>();
  for (const run of runs) {
    for (const key in run[side]) {
      known.add(key);
    }
  }
  const keys = [...known];
  // Plain names first: a group in the middle of them would cut them in two.
  return keys.sort((a, b) => splitName(a).prefix.localeCompare(splitName(b).prefix) || a.localeCompare(b, 'en', { numeric: true }));
}

/** `val/loss` and `model.depth` belong under `val` and `model`; scikit-learn writes `model__depth`. */
function splitName(name: string): { readonly prefix: string; readonly leaf: string } {
  const match = /^(?<prefix>.+?)(?:\/|\.|__)(?<leaf>[^/]+)$/.exec(name);
  return { prefix: match?.groups?.['prefix'] ?? '', leaf: match?.groups?.['leaf'] ?? name };
}

function ownFields(): Field[] {
  const none = (): undefined => undefined;
  const own = { group: '', kind: 'run', differs: true, best: new Set<string>(), direction: undefined, usual: undefined, few: false, numeric: false, number: none, share: none } as const;
  const started = (run: Run): number => run.startedAt;
  return [
    { ...own, id: 'run', key: 'name', label: 'Run', text: (run) => run.name, raw: (run) => run.name, order: (run) => run.name.toLowerCase() },
    { ...own, id: 'started', key: 'started', label: 'Started', text: (run) => formatTime(run.startedAt), raw: (run) => new Date(run.startedAt).toISOString(), order: started, number: started },
    { ...own, id: 'duration', key: 'duration', label: 'Duration', numeric: true, text: durationText, raw: (run) => String(durationOf(run) ?? ''), order: durationOf, number: durationOf },
  ];
}

/** Milliseconds; undefined while the run goes on. */
function durationOf(run: Run): number | undefined {
  return run.endedAt === undefined ? undefined : run.endedAt - run.startedAt;
}

function durationText(run: Run): string {
  const duration = durationOf(run);
  return duration === undefined ? (run.status === 'RUNNING' ? 'running' : '') : formatDuration(duration);
}

function paramField(runs: readonly Run[], key: string): Field {
  const { prefix, leaf } = splitName(key);
  const numeric = once(() => {
    let present = false;
    for (const run of runs) {
      const value = run.params[key];
      if (value !== undefined) {
        if (value.trim() === '' || !Number.isFinite(Number(value))) {
          return false;
        }
        present = true;
      }
    }
    return present;
  });
  const differing = once(() => differs(runs, (run) => run.params[key]));
  const usual = once(() => usualOf(runs.map((run) => run.params[key] ?? '')));
  const number = (run: Run): number | undefined => {
    const value = run.params[key];
    return value === undefined || !numeric() ? undefined : Number(value);
  };
  return {
    id: `param:${key}`,
    key,
    label: leaf,
    group: prefix === '' ? 'Params' : `Params · ${prefix}`,
    kind: 'param',
    get numeric() {
      return numeric();
    },
    get differs() {
      return differing();
    },
    text: (run) => run.params[key] ?? '',
    raw: (run) => run.params[key] ?? '',
    order: (run) => number(run) ?? run.params[key]?.toLowerCase(),
    best: new Set(),
    direction: undefined,
    get usual() {
      return usual();
    },
    few: runs.length <= 4,
    number,
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

function metricField(runs: readonly Run[], key: string): Field {
  const { prefix, leaf } = splitName(key);
  const direction = betterDirection(key);
  const number = (run: Run): number | undefined => {
    const metric = run.metrics[key];
    const value = metric === undefined ? undefined : numberOf(metric);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
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
  const differing = once(() => differs(runs, (run) => run.metrics[key]));
  return {
    id: `metric:${key}`,
    key,
    label: leaf,
    group: prefix === '' ? 'Metrics' : `Metrics · ${prefix}`,
    kind: 'metric',
    numeric: true,
    get differs() {
      return differing();
    },
    text: (run) => {
      const metric = run.metrics[key];
      return metric === undefined ? '' : formatMetric(metric);
    },
    raw: (run) => String(run.metrics[key] ?? ''),
    order: (run) => {
      const metric = run.metrics[key];
      const value = metric === undefined ? undefined : numberOf(metric);
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

function differs(runs: readonly Run[], value: (run: Run) => unknown): boolean {
  const [first, ...rest] = runs;
  return first !== undefined && rest.some((run) => value(run) !== value(first));
}

function usualOf(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first !== undefined && first[1] > 1 && first[1] * 2 >= values.length ? first[0] : undefined;
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
    return field === undefined ? [] : [{ values: new Map(runs.map((run) => [run.runId, field.order(run)])), sign: descending ? -1 : 1 }];
  });
  if (criteria.length === 0) {
    return runs;
  }
  return [...runs].sort((a, b) => {
    for (const { values, sign } of criteria) {
      const compared = compareValues(values.get(a.runId), values.get(b.runId), sign);
      if (compared !== 0) {
        return compared;
      }
    }
    return 0;
  });
}

const naturally = new Intl.Collator('en', { numeric: true });

function compareValues(left: number | string | undefined, right: number | string | undefined, sign: number): number {
  if (left === right) {
    return 0;
  }
  if (left === undefined || right === undefined) {
    return left === undefined ? 1 : -1;
  }
  return sign * (typeof left === 'number' && typeof right === 'number' ? left - right : naturally.compare(String(left), String(right)));
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
