import { batch, computed, type ReadonlySignal, type Signal } from '@preact/signals';
import { isRecord } from '../../server/contract/values.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import type { Resource } from '../ui/resource.ts';
import { isBoolean, isNumbers, isOneOf, isText, isTexts } from '../ui/storage.ts';
import { arrange, isLayout, plainLayout, toggled, type ColumnLayout } from './columns.ts';
import { nameColumn, type Field } from './field.ts';
import { fieldsOf } from './fields.ts';
import { nextOrder, sortRuns, type RunOrder } from './runOrder.ts';
import { readFilter, valuesOf } from './filter.ts';
import { groupingsOf, linesOf, type Grouping, type Line, type Summary } from './groups.ts';
import type { Judgement } from './judgement.ts';
import type { LinkedRuns } from './linkedRuns.ts';
import type { RunTable } from './runTable.ts';

/** Which runs and columns of the table are shown, and in which order. */
export interface TableView {
  readonly fields: ReadonlySignal<readonly Field[]>;
  /** The column of the primary metric. */
  readonly primaryField: ReadonlySignal<Field | undefined>;
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
  readonly groupedIds: ReadonlySignal<readonly string[]>;
  readonly group: (ids: readonly string[]) => void;
  readonly summary: Signal<Summary>;
  /** Shows or hides the runs of a group, or those within a run. */
  readonly toggleLine: (line: Line) => void;
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
  readonly onlyDiffering: Signal<boolean>;
  /** Columns that do not tell the shown runs apart are there too. */
  readonly allColumns: Signal<boolean>;
  /** The first criterion first. */
  readonly orders: Signal<readonly RunOrder[]>;
  /** @param extend keeps the other criteria. */
  readonly toggleOrder: (field: string, extend: boolean) => void;
  /** Changes when the user has put the table's rows in another order or chosen others. */
  readonly arrangement: ReadonlySignal<string>;
  readonly layout: Signal<ColumnLayout>;
  /** Metrics are coloured by how good they are. */
  readonly shaded: Signal<boolean>;
  readonly widths: Signal<Readonly<Record<string, number>>>;
}

interface TableViewParts {
  readonly persistence: PanelParts<'compare'>['persistence'];
  readonly table: ReadonlySignal<RunTable>;
  readonly linked: Resource<LinkedRuns>;
  readonly judgement: Pick<Judgement, 'experiments' | 'tags' | 'primary'>;
}

export function createTableView(parts: TableViewParts): TableView {
  const fields = createFields(parts);
  const filtered = createFilteredRows(parts, fields);
  const groups = createGroups(parts, fields, filtered);
  const columns = createColumns(parts, fields, groups.lines);
  const { filter, onlyStarred, orders } = filtered;
  return {
    ...columns,
    ...filtered,
    ...groups,
    arrangement: computed(() => JSON.stringify([orders.value, filter.value, onlyStarred.value, groups.groupedIds.value, groups.expanded.value])),
  };
}

type Columns = Pick<TableView, 'fields' | 'primaryField' | 'arrangedFields' | 'shownFields' | 'layout' | 'onlyDiffering' | 'allColumns' | 'shaded' | 'widths'>;

function createFields({ table, linked, judgement }: TableViewParts): ReadonlySignal<readonly Field[]> {
  const primary = computed(() => judgement.primary.value?.metric);
  return computed(() => fieldsOf(table.value, { linked: linked.value.value, tags: judgement.tags.value, primary: primary.value }));
}

function createColumns({ persistence, judgement }: TableViewParts, fields: ReadonlySignal<readonly Field[]>, lines: ReadonlySignal<readonly Line[]>): Columns {
  const layout = persistence.keep<ColumnLayout>('columns', plainLayout, isLayout);
  const onlyDiffering = persistence.keep('onlyDiffering', false, isBoolean);
  const allColumns = persistence.keep('allColumns', false, isBoolean);
  const arrangedFields = computed(() => arrange(fields.value, layout.value));
  const shownRuns = computed(() => lines.value.flatMap((line) => (line.kind === 'run' ? [line.run] : line.expanded ? [] : line.runs)));
  const primaryField = computed(() => fields.value.find((field) => field.kind === 'metric' && !field.linked && field.key === judgement.primary.value?.metric));
  const tells = (field: Field): boolean => field.kind === 'run' || field === primaryField.value || layout.value.pinned.includes(field.id) || field.tells(shownRuns.value);
  return {
    fields,
    primaryField,
    arrangedFields,
    shownFields: computed(() => {
      const hidden = new Set(layout.value.hidden);
      // One run alone differs from none.
      const all = allColumns.value || shownRuns.value.length < 2;
      return arrangedFields.value.filter((field) => field.id === nameColumn || (!hidden.has(field.id) && (!onlyDiffering.value || field.differs) && (all || tells(field))));
    }),
    layout,
    onlyDiffering,
    allColumns,
    shaded: persistence.keep('shaded', false, isBoolean),
    widths: persistence.keep<Readonly<Record<string, number>>>('widths', {}, isNumbers),
  };
}

type FilteredRows = Pick<TableView, 'rows' | 'filter' | 'filterProblem' | 'starred' | 'onlyStarred' | 'showAll' | 'toggleStar' | 'orders' | 'toggleOrder'>;

function createFilteredRows({ persistence, table }: TableViewParts, fields: ReadonlySignal<readonly Field[]>): FilteredRows {
  const orders = persistence.keep<readonly RunOrder[]>('orders', [], isOrders);
  const filter = persistence.keep('filter', '', isText);
  const starredIds = persistence.keep<readonly string[]>('starred', [], isTexts);
  const onlyStarred = persistence.keep('onlyStarred', false, isBoolean);
  const starred = computed<ReadonlySet<string>>(() => new Set(starredIds.value));
  const read = computed(() => readFilter(filter.value, valuesOf(table.value)));
  // While a filter is being typed, most of what stands there cannot be read yet.
  let lastGood = (_: Run): boolean => true;
  const passes = computed(() => {
    lastGood = read.value.ok ? read.value.test : lastGood;
    return lastGood;
  });
  const sorted = computed(() => sortRuns(table.value.runs, fields.value, orders.value));
  return {
    rows: computed(() => {
      const test = passes.value;
      return sorted.value.filter((run) => test(run) && (!onlyStarred.value || starred.value.has(run.runId)));
    }),
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
    orders,
    toggleOrder(field, extend) {
      orders.value = nextOrder(orders.value, field, fields.value.find(({ id }) => id === field)?.direction === 'higher', extend);
    },
  };
}

interface Groups extends Pick<TableView, 'lines' | 'grouped' | 'groupings' | 'groupedBy' | 'groupedIds' | 'group' | 'summary' | 'toggleLine' | 'expandGroups'> {
  readonly expanded: ReadonlySignal<readonly string[]>;
}

function createGroups({ persistence, table, judgement }: TableViewParts, fields: ReadonlySignal<readonly Field[]>, { rows, orders }: FilteredRows): Groups {
  const groupedIds = persistence.keep<readonly string[]>('groups', [], isTexts);
  const expanded = persistence.keep<readonly string[]>('expanded', [], isTexts);
  const summary = persistence.keep<Summary>('summary', 'mean', isOneOf('mean', 'min', 'max'));
  const names = computed(() => new Map([...judgement.experiments.value].map(([id, { name }]) => [id, name])));
  const groupings = computed(() => groupingsOf(fields.value, table.value.runs, names.value));
  // What could be grouped by is looked for in all runs.
  const groupedBy = computed(() => (groupedIds.value.length === 0 ? [] : groupedIds.value.flatMap((id) => groupings.value.find((grouping) => grouping.id === id) ?? [])));
  const linesWith = (open: ReadonlySet<string>): readonly Line[] =>
    linesOf(rows.value, { groupings: groupedBy.value, expanded: open, orders: orders.value, fields: fields.value, summary: summary.value });
  return {
    lines: computed(() => linesWith(new Set(expanded.value))),
    grouped: computed(() => linesWith(everything).flatMap((line) => (line.kind === 'run' ? [line.run] : []))),
    groupings,
    groupedBy,
    groupedIds,
    expanded,
    group(ids) {
      batch(() => {
        groupedIds.value = ids;
        expanded.value = [];
      });
    },
    summary,
    toggleLine(line) {
      expanded.value = toggled(expanded.value, line.kind === 'group' ? line.id : line.run.runId);
    },
    expandGroups(all) {
      expanded.value = all ? linesWith(everything).flatMap((line) => (line.kind === 'group' ? [line.id] : line.within === undefined ? [] : [line.run.runId])) : [];
    },
  };
}

function isOrders(value: unknown): value is readonly RunOrder[] {
  return Array.isArray(value) && value.every((order) => isRecord(order) && typeof order['field'] === 'string' && typeof order['descending'] === 'boolean');
}

/** A set that has all. */
const everything: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });
