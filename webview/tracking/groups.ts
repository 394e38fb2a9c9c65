import type { Run } from '../../server/contract/tracking.ts';
import { fileName, formatTime } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Field } from './field.ts';
import { naturally } from './ranks.ts';
import { nestedLines, type RunLine } from './runLines.ts';
import { compareValues, type RunOrder } from './runOrder.ts';

/** Something that runs can be grouped by. */
export interface Grouping {
  readonly id: string;
  /** Such as `experiment` or `params.depth`. */
  readonly label: string;
  /** Undefined where a run has none. */
  readonly valueOf: (run: Run) => string | undefined;
  /** A value in words. */
  readonly show: (value: string) => string;
}

/** What a group says of its runs' numbers. */
export type Summary = 'mean' | 'min' | 'max';

export interface RunGroup {
  readonly kind: 'group';
  /** The values of this group and of those around it. */
  readonly id: string;
  readonly grouping: Grouping;
  /** Undefined for the runs without a value. */
  readonly value: string | undefined;
  /** From 1. */
  readonly level: number;
  readonly expanded: boolean;
  readonly runs: readonly Run[];
  /** Place among its neighbours, from 1, and their number. */
  readonly place: number;
  readonly of: number;
}

/** One line of the table. */
export type Line = RunGroup | RunLine;

export function lineId(line: Line): string {
  return line.kind === 'run' ? line.run.runId : `group ${line.id}`;
}

const same = (value: string): string => value;

/** What these runs can be grouped by. @param experiments names by id */
export function groupingsOf(fields: readonly Field[], runs: readonly Run[], experiments: ReadonlyMap<string, string>): readonly Grouping[] {
  const tags = new Set<string>();
  for (const run of runs) {
    for (const key in run.tags) {
      tags.add(key);
    }
  }
  const present = (text: string): string | undefined => (text === '' ? undefined : text);
  return [
    { id: 'experiment', label: 'experiment', valueOf: (run) => run.experimentId, show: (value) => experiments.get(value) ?? value },
    { id: 'model', label: 'model', valueOf: (run) => present(run.models.map(({ name }) => name).join(', ')), show: same },
    { id: 'notebook', label: 'notebook', valueOf: (run) => run.cell?.notebook ?? run.tags['slipway.notebook'], show: fileName },
    { id: 'source', label: 'source', valueOf: (run) => run.tags['mlflow.source.name'] ?? run.source, show: fileName },
    { id: 'status', label: 'status', valueOf: (run) => run.status, show: (value) => value.toLowerCase() },
    { id: 'user', label: 'user', valueOf: (run) => present(run.user), show: same },
    { id: 'day', label: 'day', valueOf: (run) => new Date(run.startedAt).toLocaleDateString('sv'), show: same },
    ...fields.filter(({ kind }) => kind === 'param').map(({ id, name, raw }) => ({ id, label: `params.${name}`, valueOf: (run: Run) => present(raw(run)), show: same })),
    ...[...tags].sort().map((key) => ({ id: `tag:${key}`, label: `tags.${key}`, valueOf: (run: Run) => run.tags[key], show: same })),
  ];
}

interface Arrangement {
  /** The outermost first. */
  readonly groupings: readonly Grouping[];
  readonly expanded: ReadonlySet<string>;
  readonly orders: readonly RunOrder[];
  readonly fields: readonly Field[];
  readonly summary: Summary;
}

/** Runs, which are in order already, as lines under their groups, or under the runs that they were started within; what is collapsed is left out. */
export function linesOf(runs: readonly Run[], arrangement: Arrangement): readonly Line[] {
  return arrangement.groupings.length === 0 ? nestedLines(runs, arrangement.expanded) : linesWithin(runs, arrangement, 0, []);
}

function linesWithin(runs: readonly Run[], arrangement: Arrangement, depth: number, path: readonly (string | null)[]): readonly Line[] {
  const grouping = arrangement.groupings[depth];
  if (grouping === undefined) {
    return runs.map((run, index) => ({ kind: 'run', run, level: depth + 1, place: index + 1, of: runs.length }));
  }
  const byValue = new Map<string | undefined, Run[]>();
  for (const run of runs) {
    const value = grouping.valueOf(run);
    const group = byValue.get(value);
    if (group === undefined) {
      byValue.set(value, [run]);
    } else {
      group.push(run);
    }
  }
  const groups = [...byValue].map(([value, members], index) => {
    const id = JSON.stringify([...path, value ?? null]);
    const group: RunGroup = { kind: 'group', id, grouping, value, level: depth + 1, expanded: arrangement.expanded.has(id), runs: members, place: index + 1, of: byValue.size };
    return group;
  });
  return inGroupOrder(groups, arrangement).flatMap((group, index) => [
    { ...group, place: index + 1 },
    ...(group.expanded ? linesWithin(group.runs, arrangement, depth + 1, [...path, group.value ?? null]) : []),
  ]);
}

/** By what the sorted columns say of the groups; without sorted columns by the groups' own values. Those without a value come last. */
function inGroupOrder(groups: readonly RunGroup[], { orders, fields, summary }: Arrangement): readonly RunGroup[] {
  const criteria = orders.flatMap(({ field: id, descending }) => {
    const field = fields.find((item) => item.id === id);
    return field === undefined ? [] : [{ values: new Map(groups.map((group) => [group, orderOf(field, group, summary)])), sign: descending ? -1 : 1 }];
  });
  return [...groups].sort((a, b) => {
    for (const { values, sign } of criteria) {
      const compared = compareValues(values.get(a), values.get(b), sign);
      if (compared !== 0) {
        return compared;
      }
    }
    return a.value === undefined || b.value === undefined ? Number(a.value === undefined) - Number(b.value === undefined) : naturally.compare(a.grouping.show(a.value), b.grouping.show(b.value));
  });
}

function orderOf(field: Field, { runs }: RunGroup, summary: Summary): number | undefined {
  const [first] = runs;
  // Runs are in order: the first one stands for a column of texts.
  return field.numeric ? summarize(runs.flatMap((run) => field.number(run) ?? []), summary) : first === undefined ? undefined : field.order(first);
}

/** Undefined without numbers. */
function summarize(numbers: readonly number[], summary: Summary): number | undefined {
  if (numbers.length === 0) {
    return undefined;
  }
  if (summary === 'mean') {
    return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  }
  return numbers.reduce((found, value) => (summary === 'min' ? Math.min(found, value) : Math.max(found, value)));
}

/** What a group shows in a column. */
export interface GroupCell {
  readonly text: string;
  /** The whole of it, in words. */
  readonly meaning: string;
}

const nothing: GroupCell = { text: '', meaning: '' };

/** Numbers of metrics in one number; a param's only value, its range, or how many values there are. */
export function groupCell(field: Field, { runs }: RunGroup, summary: Summary): GroupCell {
  if (field.id === 'started') {
    const newest = summarize(runs.map((run) => run.startedAt), 'max');
    return newest === undefined ? nothing : { text: formatTime(newest), meaning: `newest: ${formatTime(newest)}` };
  }
  if (field.kind === 'param') {
    return paramCell(field, runs);
  }
  const numbers = runs.flatMap((run) => field.number(run) ?? []);
  const found = summarize(numbers, summary);
  if (found === undefined) {
    return nothing;
  }
  const show = field.id === 'duration' ? formatDuration : formatNumber;
  const [least, most] = [summarize(numbers, 'min') ?? found, summarize(numbers, 'max') ?? found];
  return { text: show(found), meaning: `${summary} of ${plural(numbers.length, 'run')}, from ${show(least)} to ${show(most)}` };
}

function paramCell(field: Field, runs: readonly Run[]): GroupCell {
  const values = new Set(runs.map(field.raw));
  values.delete('');
  const [only] = values;
  if (only === undefined || values.size === 1) {
    return only === undefined ? nothing : { text: only, meaning: `${only} in all runs that have it` };
  }
  const numbers = runs.flatMap((run) => field.number(run) ?? []);
  const [least, most] = [summarize(numbers, 'min'), summarize(numbers, 'max')];
  const text = least === undefined || most === undefined ? plural(values.size, 'value') : `${formatNumber(least)} to ${formatNumber(most)}`;
  return { text, meaning: `${text}, ${plural(values.size, 'value')}` };
}
