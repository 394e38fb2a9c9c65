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
}

/** The fields of these runs: the run's own, metrics, params, each sorted and grouped by the prefix of its name. */
export function fieldsOf(runs: readonly Run[]): Field[] {
  return [...ownFields(), ...keysOf(runs, 'metrics').map((key) => metricField(runs, key)), ...keysOf(runs, 'params').map((key) => paramField(runs, key))];
}

function keysOf(runs: readonly Run[], side: 'params' | 'metrics'): string[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run[side])))];
  // Plain names first: a group in the middle of them would cut them in two.
  return keys.sort((a, b) => splitName(a).prefix.localeCompare(splitName(b).prefix) || a.localeCompare(b, 'en', { numeric: true }));
}

/** `val/loss` and `model.depth` belong under `val` and `model`; scikit-learn writes `model__depth`. */
function splitName(name: string): { readonly prefix: string; readonly leaf: string } {
  const match = /^(?<prefix>.+?)(?:\/|\.|__)(?<leaf>[^/]+)$/.exec(name);
  return { prefix: match?.groups?.['prefix'] ?? '', leaf: match?.groups?.['leaf'] ?? name };
}

function ownFields(): Field[] {
  const own = { group: '', kind: 'run', differs: true, best: new Set<string>(), direction: undefined, usual: undefined, few: false, numeric: false } as const;
  return [
    { ...own, id: 'run', key: 'name', label: 'Run', text: (run) => run.name, raw: (run) => run.name, order: (run) => run.name.toLowerCase() },
    { ...own, id: 'started', key: 'started', label: 'Started', text: (run) => formatTime(run.startedAt), raw: (run) => new Date(run.startedAt).toISOString(), order: (run) => run.startedAt },
    { ...own, id: 'duration', key: 'duration', label: 'Duration', numeric: true, text: durationText, raw: (run) => String(durationOf(run) ?? ''), order: durationOf },
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
  const present = runs.flatMap((run) => run.params[key] ?? []);
  const numeric = present.length > 0 && present.every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
  return {
    id: `param:${key}`,
    key,
    label: leaf,
    group: prefix === '' ? 'Params' : `Params · ${prefix}`,
    kind: 'param',
    numeric,
    differs: differs(runs, (run) => run.params[key]),
    text: (run) => run.params[key] ?? '',
    raw: (run) => run.params[key] ?? '',
    order: (run) => {
      const value = run.params[key];
      return value === undefined ? undefined : numeric ? Number(value) : value.toLowerCase();
    },
    best: new Set(),
    direction: undefined,
    usual: usualOf(runs.map((run) => run.params[key] ?? '')),
    few: runs.length <= 4,
  };
}

function metricField(runs: readonly Run[], key: string): Field {
  const { prefix, leaf } = splitName(key);
  const direction = betterDirection(key);
  const value = (run: Run): number | undefined => {
    const metric = run.metrics[key];
    return metric === undefined ? undefined : numberOf(metric);
  };
  const finite = runs.map(value).filter((item): item is number => item !== undefined && Number.isFinite(item));
  const bestValue = direction === undefined || finite.length < 2 ? undefined : direction === 'lower' ? Math.min(...finite) : Math.max(...finite);
  const best = runs.filter((run) => bestValue !== undefined && value(run) === bestValue);
  return {
    id: `metric:${key}`,
    key,
    label: leaf,
    group: prefix === '' ? 'Metrics' : `Metrics · ${prefix}`,
    kind: 'metric',
    numeric: true,
    differs: differs(runs, (run) => run.metrics[key]),
    text: (run) => {
      const metric = run.metrics[key];
      return metric === undefined ? '' : formatMetric(metric);
    },
    raw: (run) => String(run.metrics[key] ?? ''),
    order: (run) => {
      const number = value(run);
      return number === undefined || Number.isNaN(number) ? undefined : number;
    },
    // A value that all share distinguishes none.
    best: new Set(best.length === finite.length ? [] : best.map((run) => run.runId)),
    direction,
    usual: undefined,
    few: false,
  };
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

/** Runs in the wanted order; runs without a value come last, ties keep their order. */
export function sortRuns(runs: readonly Run[], fields: readonly Field[], order: RunOrder | undefined): readonly Run[] {
  const field = fields.find(({ id }) => id === order?.field);
  if (field === undefined || order === undefined) {
    return runs;
  }
  const sign = order.descending ? -1 : 1;
  return [...runs].sort((a, b) => {
    const [left, right] = [field.order(a), field.order(b)];
    if (left === undefined || right === undefined) {
      return left === right ? 0 : left === undefined ? 1 : -1;
    }
    if (typeof left === 'number' && typeof right === 'number') {
      return sign * (left - right);
    }
    return sign * String(left).localeCompare(String(right), 'en', { numeric: true });
  });
}
