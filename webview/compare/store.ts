import { computed, effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Comparison, Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBoolean, isNumbers, isOptionalTexts, isRecord, isText, isTexts } from '../ui/storage.ts';
import { isBrushes, type Brushes } from './brushes.ts';
import { createArtifactStore, mostArtifactRuns, type ArtifactStore } from './artifactStore.ts';
import { createDifferenceStore, type DifferenceStore } from './differenceStore.ts';
import { createCurveStore, type CurveStore } from './curveStore.ts';
import { arrange, isLayout, nameColumn, plainLayout, toggled, type ColumnLayout } from './columns.ts';
import { fieldsOf, nextOrder, sortRuns, type Field, type RunOrder } from './fields.ts';
import { readFilter } from './filter.ts';
import { inTurns, mergeComparisons, partsOf } from './merge.ts';

/** Everything that the Compare panel shows and remembers. */
export interface CompareStore {
  readonly comparison: Resource<Comparison>;
  readonly curves: CurveStore;
  readonly artifacts: ArtifactStore;
  readonly differences: DifferenceStore;
  readonly fields: ReadonlySignal<readonly Field[]>;
  /** All of them in the order of the table. */
  readonly arrangedFields: ReadonlySignal<readonly Field[]>;
  /** Those that the table shows. */
  readonly shownFields: ReadonlySignal<readonly Field[]>;
  /** Runs that pass the filter, in the order of the table. */
  readonly rows: ReadonlySignal<readonly Run[]>;
  /** In the grammar of MLflow's `filter_string`. */
  readonly filter: Signal<string>;
  /** Why the filter cannot be read; the table then shows what passed the last good one. */
  readonly filterProblem: ReadonlySignal<string | undefined>;
  readonly starred: ReadonlySignal<ReadonlySet<string>>;
  readonly onlyStarred: Signal<boolean>;
  readonly toggleStar: (runId: string) => void;
  /** Runs that charts and differences show, in the order of the comparison. */
  readonly selected: ReadonlySignal<readonly Run[]>;
  readonly selectedIds: ReadonlySignal<ReadonlySet<string>>;
  readonly onlyDiffering: Signal<boolean>;
  /** The first criterion first. */
  readonly orders: Signal<readonly RunOrder[]>;
  readonly layout: Signal<ColumnLayout>;
  /** Metrics are coloured by how good they are. */
  readonly shaded: Signal<boolean>;
  readonly widths: Signal<Readonly<Record<string, number>>>;
  /** No runs were chosen: the latest ones are shown. */
  readonly showsLatest: ReadonlySignal<boolean>;
  /** @param extend keeps the other criteria. */
  readonly toggleOrder: (field: string, extend: boolean) => void;
  readonly toggleSelected: (runId: string) => void;
  readonly selectAll: () => void;
  /** How many runs the panel was opened with. */
  readonly expectedRuns: ReadonlySignal<number>;
  readonly select: (runIds: readonly string[]) => void;
  /** What the charts of params and metrics show; ids of fields. */
  readonly relations: Signal<Readonly<Record<string, string>>>;
  readonly showsRelations: Signal<boolean>;
  readonly brushes: Signal<Brushes>;
}

const firstSelection = 8;
const latestRuns = 200;

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
  const runIds = computed(() => subject.value.runIds);
  const expected = computed(() => new Set(runIds.value));

  const comparison = createResource<Comparison>(async (show) => {
    const wanted = runIds.peek();
    if (wanted.length === 0) {
      const { runs } = await host.call('listRuns', { limit: latestRuns });
      return { runs, rows: [] };
    }
    const [part = [], ...others] = partsOf(wanted);
    const first = await host.call('compareRuns', { runIds: part });
    // The first runs are read while the others are on their way.
    show(first);
    await nextFrame();
    return mergeComparisons([first, ...(await inTurns(others, (ids) => host.call('compareRuns', { runIds: ids })))]);
  });
  const runs = computed(() => comparison.value.value?.runs ?? []);
  const fields = computed(() => fieldsOf(runs.value));
  const arrangedFields = computed(() => arrange(fields.value, layout.value));
  const shownFields = computed(() => {
    const hidden = new Set(layout.value.hidden);
    return arrangedFields.value.filter((field) => field.id === nameColumn || (!hidden.has(field.id) && (!onlyDiffering.value || field.differs)));
  });
  const starred = computed<ReadonlySet<string>>(() => new Set(starredIds.value));
  const read = computed(() => readFilter(filter.value));
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
  const selected = computed(() => {
    const wanted = picked.value === undefined ? undefined : new Set(picked.value);
    return wanted === undefined ? runs.value.slice(0, firstSelection) : runs.value.filter((run) => wanted.has(run.runId));
  });
  const selectedIds = computed(() => new Set(selected.value.map((run) => run.runId)));

  const curves = createCurveStore({ host, persistence, subject, selected });
  const artifacts = createArtifactStore({ host, persistence, runs: computed(() => selected.value.slice(0, mostArtifactRuns)) });

  let before: readonly string[] | undefined;
  effect(() => {
    const wanted = runIds.value;
    if (before !== undefined && before.join() !== wanted.join()) {
      picked.value = undefined;
    }
    before = wanted;
    comparison.reset();
  });
  host.onReconnect(comparison.refresh);
  host.onEvent((event) => {
    if (event.topic === 'run' && (expected.peek().size === 0 || expected.peek().has(event.runId))) {
      comparison.refresh();
    }
  });

  return {
    comparison,
    curves,
    artifacts,
    differences: createDifferenceStore({ host, persistence, selected }),
    fields,
    arrangedFields,
    shownFields,
    rows,
    filter,
    filterProblem: computed(() => (read.value.ok ? undefined : read.value.message)),
    starred,
    onlyStarred,
    toggleStar(runId) {
      starredIds.value = toggled(starredIds.value, runId);
    },
    selected,
    selectedIds,
    onlyDiffering,
    orders,
    layout,
    shaded,
    widths,
    showsLatest: computed(() => runIds.value.length === 0),
    toggleOrder(field, extend) {
      orders.value = nextOrder(orders.value, field, fields.value.find(({ id }) => id === field)?.direction === 'higher', extend);
    },
    toggleSelected(runId) {
      const next = new Set(selectedIds.value);
      if (!next.delete(runId)) {
        next.add(runId);
      }
      picked.value = [...next];
    },
    expectedRuns: computed(() => runIds.value.length),
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

/** Resolves once what has been rendered is on the screen. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
