import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Comparison, Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBoolean, isNumbers, isOneOf, isOptionalTexts, isRecord, isText, isTexts } from '../ui/storage.ts';
import { toggledSet } from '../ui/toggledSet.ts';
import { isBrushes, type Brushes } from './brushes.ts';
import { createArtifactStore, mostArtifactRuns, type ArtifactStore } from './artifactStore.ts';
import { createCellStore, type CellStore } from './cellStore.ts';
import { createDifferenceStore, type DifferenceStore } from './differenceStore.ts';
import { createCurveStore, type CurveStore } from './curveStore.ts';
import { arrange, isLayout, nameColumn, plainLayout, toggled, type ColumnLayout } from './columns.ts';
import { createLinkedRuns, type LinkedRuns } from './linkedRuns.ts';
import { createRunTableWriter } from './runTable.ts';
import { fieldsOf, nextOrder, sortRuns, type Field, type RunOrder } from './fields.ts';
import { readFilter, valuesOf } from './filter.ts';
import { groupingsOf, linesOf, type Grouping, type Line, type RunGroup, type Summary } from './groups.ts';
import { createTableSource, type TableSource } from './tableSource.ts';

/** Everything that the Compare panel shows and remembers. */
export interface CompareStore {
  /** The runs of the subject. */
  readonly source: TableSource;
  /** The selected runs, in more than params and metrics. */
  readonly comparison: Resource<Comparison>;
  readonly curves: CurveStore;
  readonly artifacts: ArtifactStore;
  readonly differences: DifferenceStore;
  readonly linked: Resource<LinkedRuns>;
  readonly cells: CellStore;
  readonly fields: ReadonlySignal<readonly Field[]>;
  /** All of them in the order of the table. */
  readonly arrangedFields: ReadonlySignal<readonly Field[]>;
  /** Those that the table shows. */
  readonly shownFields: ReadonlySignal<readonly Field[]>;
  /** Runs that pass the filter, in the order of the table. */
  readonly rows: ReadonlySignal<readonly Run[]>;
  /** The rows under their groups. */
  readonly lines: ReadonlySignal<readonly Line[]>;
  /** The rows in the order of the lines, those of collapsed groups included. */
  readonly grouped: ReadonlySignal<readonly Run[]>;
  readonly groupings: ReadonlySignal<readonly Grouping[]>;
  /** What the runs are grouped by, the outermost first. */
  readonly groupedBy: ReadonlySignal<readonly Grouping[]>;
  readonly group: (ids: readonly string[]) => void;
  readonly summary: Signal<Summary>;
  readonly toggleGroup: (group: RunGroup) => void;
  readonly expandGroups: (all: boolean) => void;
  /** In the grammar of MLflow's `filter_string`. */
  readonly filter: Signal<string>;
  /** Why the filter cannot be read; the table then shows what passed the last good one. */
  readonly filterProblem: ReadonlySignal<string | undefined>;
  readonly starred: ReadonlySignal<ReadonlySet<string>>;
  readonly onlyStarred: Signal<boolean>;
  /** Drops the filter and shows runs without a star as well. */
  readonly showAll: () => void;
  readonly toggleStar: (runId: string) => void;
  /** Writes the note of a run; an empty one is removed. */
  readonly setNote: (runId: string, note: string) => Promise<void>;
  /** Runs that charts and differences show, in the order of the comparison. */
  readonly selected: ReadonlySignal<readonly Run[]>;
  readonly selectedIds: ReadonlySignal<ReadonlySet<string>>;
  /** The run that a pointer or the focus is on: it stands out in all charts. */
  readonly highlighted: Signal<string | undefined>;
  readonly onlyDiffering: Signal<boolean>;
  /** The first criterion first. */
  readonly orders: Signal<readonly RunOrder[]>;
  /** Changes when the user has put the table's rows in another order or chosen others. */
  readonly arrangement: ReadonlySignal<string>;
  readonly layout: Signal<ColumnLayout>;
  /** Metrics are coloured by how good they are. */
  readonly shaded: Signal<boolean>;
  readonly widths: Signal<Readonly<Record<string, number>>>;
  /** No runs were chosen: the latest ones are shown. */
  readonly showsLatest: ReadonlySignal<boolean>;
  /** @param extend keeps the other criteria. */
  readonly toggleOrder: (field: string, extend: boolean) => void;
  readonly toggleSelected: (runId: string) => void;
  /** Selects all of these runs, or none of them if all are selected. */
  readonly toggleAll: (runs: readonly Run[]) => void;
  readonly selectAll: () => void;
  /** The name of the experiment whose runs are shown. */
  readonly experiment: ReadonlySignal<string | undefined>;
  readonly select: (runIds: readonly string[]) => void;
  /** What the charts of params and metrics show; ids of fields. */
  readonly relations: Signal<Readonly<Record<string, string>>>;
  readonly showsRelations: Signal<boolean>;
  readonly brushes: Signal<Brushes>;
}

const firstSelection = 8;
/** What the companion compares at once. */
const mostCompared = 100;

export function createCompareStore({ host, subject, persistence }: PanelParts<'compare'>): CompareStore {
  const onlyDiffering = persistence.keep('onlyDiffering', false, isBoolean);
  const orders = persistence.keep<readonly RunOrder[]>('orders', [], isOrders);
  const layout = persistence.keep<ColumnLayout>('columns', plainLayout, isLayout);
  const shaded = persistence.keep('shaded', false, isBoolean);
  const widths = persistence.keep<Readonly<Record<string, number>>>('widths', {}, isNumbers);
  const picked = persistence.keep<readonly string[] | undefined>('selected', undefined, isOptionalTexts);
  const filter = persistence.keep('filter', '', isText);
  const starredIds = persistence.keep<readonly string[]>('starred', [], isTexts);
  const onlyStarred = persistence.keep('onlyStarred', false, isBoolean);
  const relations = persistence.keep<Readonly<Record<string, string>>>('relations', {}, isTextRecord);
  const showsRelations = persistence.keep('showsRelations', true, isBoolean);
  const groupIds = persistence.keep<readonly string[]>('groups', [], isTexts);
  const expanded = persistence.keep<readonly string[]>('expanded', [], isTexts);
  const summary = persistence.keep<Summary>('summary', 'mean', isOneOf('mean', 'min', 'max'));
  const source = createTableSource(host, subject);
  const empty = createRunTableWriter().table(false);
  const table = computed(() => source.table.value.value ?? empty);
  const runs = computed(() => table.value.runs);
  const experiments = createResource<ReadonlyMap<string, string>>(async () => {
    const answer = await host.call('listExperiments', {});
    return new Map(answer.experiments.map(({ experimentId, name }) => [experimentId, name]));
  });
  const names = computed(() => experiments.value.value ?? new Map<string, string>());
  const linked = createLinkedRuns(host, table, source.complete);
  const fields = computed(() => fieldsOf(table.value, linked.value.value));
  const arrangedFields = computed(() => arrange(fields.value, layout.value));
  const shownFields = computed(() => {
    const hidden = new Set(layout.value.hidden);
    return arrangedFields.value.filter((field) => field.id === nameColumn || (!hidden.has(field.id) && (!onlyDiffering.value || field.differs)));
  });
  const starred = computed<ReadonlySet<string>>(() => new Set(starredIds.value));
  const read = computed(() => readFilter(filter.value, valuesOf(table.value)));
  // While a filter is being typed, most of what stands there cannot be read yet.
  let lastGood = (_: Run): boolean => true;
  const passes = computed(() => {
    lastGood = read.value.ok ? read.value.test : lastGood;
    return lastGood;
  });
  const sorted = computed(() => sortRuns(runs.value, fields.value, orders.value));
  const rows = computed(() => {
    const test = passes.value;
    return sorted.value.filter((run) => test(run) && (!onlyStarred.value || starred.value.has(run.runId)));
  });
  const groupings = computed(() => groupingsOf(fields.value, runs.value, names.value));
  // What could be grouped by is looked for in all runs.
  const groupedBy = computed(() => (groupIds.value.length === 0 ? [] : groupIds.value.flatMap((id) => groupings.value.find((grouping) => grouping.id === id) ?? [])));
  const allLines = (open: ReadonlySet<string>): readonly Line[] =>
    linesOf(rows.value, { groupings: groupedBy.value, expanded: open, orders: orders.value, fields: fields.value, summary: summary.value });
  const lines = computed(() => allLines(new Set(expanded.value)));
  const selected = computed(() => {
    const wanted = picked.value === undefined ? undefined : new Set(picked.value);
    return wanted === undefined ? runs.value.slice(0, firstSelection) : runs.value.filter((run) => wanted.has(run.runId));
  });
  const selectedIds = computed(() => new Set(selected.value.map((run) => run.runId)));

  const curves = createCurveStore({ host, persistence, subject, selected });
  const artifacts = createArtifactStore({ host, persistence, runs: computed(() => selected.value.slice(0, mostArtifactRuns)) });
  const compared = computed(() => selected.value.slice(0, mostCompared).map((run) => run.runId));
  const comparison = createResource<Comparison>(async () => (compared.peek().length === 0 ? { runs: [], rows: [] } : host.call('compareRuns', { runIds: [...compared.peek()] })));

  let before: string | undefined;
  effect(() => {
    const wanted = JSON.stringify(subject.value);
    if (before !== undefined && before !== wanted) {
      picked.value = undefined;
    }
    before = wanted;
    source.reset();
  });
  effect(() => {
    // The names of experiments are known by now, or a run has come from a new one.
    if (groupIds.value.includes('experiment') || subject.value.experimentId !== undefined) {
      experiments.refresh();
    }
  });
  const wantedComparison = computed(() => compared.value.join());
  effect(() => {
    if (wantedComparison.value !== '') {
      comparison.refresh();
    }
  });
  host.onReconnect(comparison.refresh);
  host.onEvent((event) => {
    if (event.topic === 'companion' || (event.topic === 'run' && compared.peek().includes(event.runId))) {
      comparison.refresh();
    }
  });

  return {
    source,
    comparison,
    curves,
    artifacts,
    differences: createDifferenceStore({ host, persistence, selected }),
    linked,
    cells: createCellStore(host, selected),
    fields,
    arrangedFields,
    shownFields,
    rows,
    lines,
    grouped: computed(() => allLines(everything).flatMap((line) => (line.kind === 'run' ? [line.run] : []))),
    groupings,
    groupedBy,
    group(ids) {
      batch(() => {
        groupIds.value = ids;
        expanded.value = [];
      });
    },
    summary,
    toggleGroup({ id }) {
      expanded.value = toggled(expanded.value, id);
    },
    expandGroups(all) {
      expanded.value = all ? allLines(everything).flatMap((line) => (line.kind === 'group' ? [line.id] : [])) : [];
    },
    filter,
    filterProblem: computed(() => (read.value.ok ? undefined : read.value.message)),
    starred,
    onlyStarred,
    showAll() {
      batch(() => {
        filter.value = '';
        onlyStarred.value = false;
      });
    },
    toggleStar(runId) {
      starredIds.value = toggled(starredIds.value, runId);
    },
    async setNote(runId, note) {
      await host.call('setNote', { runId, note });
    },
    selected,
    selectedIds,
    highlighted: signal<string | undefined>(undefined),
    onlyDiffering,
    orders,
    arrangement: computed(() => JSON.stringify([orders.value, filter.value, onlyStarred.value, groupIds.value, expanded.value])),
    layout,
    shaded,
    widths,
    showsLatest: computed(() => subject.value.runIds.length === 0),
    toggleOrder(field, extend) {
      orders.value = nextOrder(orders.value, field, fields.value.find(({ id }) => id === field)?.direction === 'higher', extend);
    },
    toggleSelected(runId) {
      picked.value = [...toggledSet(selectedIds.value, runId)];
    },
    toggleAll(some) {
      const ids = some.map((run) => run.runId);
      const next = new Set(selectedIds.value);
      const all = ids.every((runId) => next.has(runId));
      ids.forEach((runId) => (all ? next.delete(runId) : next.add(runId)));
      picked.value = [...next];
    },
    experiment: computed(() => (subject.value.experimentId === undefined ? undefined : (names.value.get(subject.value.experimentId) ?? ''))),
    select(runIds) {
      picked.value = runIds;
    },
    relations,
    showsRelations,
    brushes: persistence.keep<Brushes>('brushes', {}, isBrushes),
    selectAll() {
      const all = rows.value.map((run) => run.runId);
      picked.value = all.every((runId) => selectedIds.value.has(runId)) ? [] : all;
    },
  };
}

function isOrders(value: unknown): value is readonly RunOrder[] {
  return Array.isArray(value) && value.every((order) => isRecord(order) && typeof order['field'] === 'string' && typeof order['descending'] === 'boolean');
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string');
}

/** A set that has all. */
const everything: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });
