import type { Experiment, Run } from '../../server/contract/tracking.ts';
import { formatTime } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { directionOf } from '../../server/contract/metricDirection.ts';
import { metricField, paramField, splitName } from './columnFields.ts';
import { nameColumn, type Field } from './field.ts';
import type { LinkedRuns } from './linkedRuns.ts';
import { naturally, once, ranksOf } from './ranks.ts';
import type { RunTable } from './runTable.ts';

/** What is known of the runs beside their values. */
export interface FieldContext {
  readonly linked?: LinkedRuns | undefined;
  /** Tags of their experiment. */
  readonly tags?: Experiment['tags'];
  /** The primary metric: the first of the columns, under a header of its own. */
  readonly primary?: string | undefined;
}

/**
 * The fields of these runs: the name, the primary metric, what else is the run's own, the other metrics, params, each sorted and grouped by the prefix of its name; then
 * those of linked runs.
 */
export function fieldsOf(table: RunTable, { linked, tags = {}, primary }: FieldContext = {}): Field[] {
  const metrics = sorted(table.metrics);
  const own = ownFields(table.runs);
  return [
    ...own.filter(({ id }) => id === nameColumn),
    ...metrics.filter(({ key }) => key === primary).map((column) => metricField(table, column, directionOf(column.key, tags), 'primary')),
    ...own.filter(({ id }) => id !== nameColumn),
    ...metrics.filter(({ key }) => key !== primary).map((column) => metricField(table, column, directionOf(column.key, tags))),
    ...sorted(table.params).map((column) => paramField(table, column)),
    ...(linked === undefined ? [] : linkedFields(table.runs, linked, tags)),
  ];
}

/** A captured run that logged several runs has the value of the latest that has one. */
function linkedFields(runs: readonly Run[], { of, table }: LinkedRuns, tags: Experiment['tags']): Field[] {
  const latest = (has: (row: number) => boolean): RunTable => {
    const rows = new Map(runs.map(({ runId }) => [runId, of(runId).flatMap((link) => table.rowOf(link.runId) ?? []).findLast(has)]));
    return { ...table, runs, rowOf: (runId) => rows.get(runId) };
  };
  const metrics = sorted(table.metrics).map((column) => metricField(latest((row) => !Number.isNaN(column.values[row]) || column.nan.has(row)), column, directionOf(column.key, tags), 'linked'));
  const params = sorted(table.params).map((column) => paramField(latest((row) => (column.places[row] ?? -1) >= 0), column, 'linked'));
  return [...metrics, ...params];
}

/** Plain names first: a group in the middle of them would cut them in two. */
function sorted<C>(columns: ReadonlyMap<string, C>): C[] {
  return [...columns]
    .map(([key, column]) => ({ key, column, prefix: splitName(key).prefix }))
    .sort((a, b) => naturally.compare(a.prefix, b.prefix) || naturally.compare(a.key, b.key))
    .map(({ column }) => column);
}

function ownFields(runs: readonly Run[]): Field[] {
  const none = (): undefined => undefined;
  const own = { group: '', kind: 'run', linked: false, differs: true, best: new Set<string>(), direction: undefined, usual: undefined, few: false, numeric: false, number: none, share: none, tells: () => true } as const;
  const started = (run: Run): number => run.startedAt;
  const names = once(() => ranksOf(runs.map((run) => run.name)));
  const notes = once(() => ranksOf(runs.map(noteOf)));
  const hasNotes = runs.some((run) => noteOf(run) !== '');
  return [
    { ...own, id: nameColumn, key: 'name', name: 'Run', label: 'Run', text: (run) => run.name, raw: (run) => run.name, order: (run) => names().get(run.name) },
    { ...own, id: 'started', key: 'started', name: 'Started', label: 'Started', text: (run) => formatTime(run.startedAt), raw: (run) => new Date(run.startedAt).toISOString(), order: started, number: started },
    { ...own, id: 'duration', key: 'duration', name: 'Duration', label: 'Duration', numeric: true, text: durationText, raw: (run) => String(durationOf(run) ?? ''), order: durationOf, number: durationOf },
    ...(hasNotes ? [{ ...own, id: 'note', key: 'note', name: 'Note', label: 'Note', text: noteOf, raw: noteOf, order: (run: Run) => (noteOf(run) === '' ? undefined : notes().get(noteOf(run))) }] : []),
  ];
}

/** Where MLflow keeps the note of a run; Markdown. */
export function noteOf(run: Run): string {
  return run.tags['mlflow.note.content'] ?? '';
}

/** Milliseconds; undefined while the run goes on. */
function durationOf(run: Run): number | undefined {
  return run.endedAt === undefined ? undefined : run.endedAt - run.startedAt;
}

function durationText(run: Run): string {
  const duration = durationOf(run);
  return duration === undefined ? (run.status === 'RUNNING' ? 'running' : '') : formatDuration(duration);
}

/** Whether this run's value is one that the eye should find: the column differs and this is not the usual value. */
export function standsOut(field: Field, run: Run): boolean {
  return field.kind === 'param' && field.differs && field.text(run) !== '' && (field.usual === undefined ? field.few : field.text(run) !== field.usual);
}
