import { computed, effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Comparison, MetricSeries, Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBoolean, isNumber, isNumbers, isOneOf, isOptionalTexts, isRecord } from '../ui/storage.ts';
import type { CurveAxis } from '../ui/chart/curves.ts';
import { fieldsOf, sortRuns, type Field, type RunOrder } from './fields.ts';
import { mergeComparisons, partsOf } from './merge.ts';

/** Everything that the Compare panel shows and remembers. */
export interface CompareStore {
  readonly comparison: Resource<Comparison>;
  readonly series: Resource<readonly MetricSeries[]>;
  readonly fields: ReadonlySignal<readonly Field[]>;
  /** Those that the table shows. */
  readonly shownFields: ReadonlySignal<readonly Field[]>;
  readonly rows: ReadonlySignal<readonly Run[]>;
  /** Runs that charts and differences show, in the order of the comparison. */
  readonly selected: ReadonlySignal<readonly Run[]>;
  readonly selectedIds: ReadonlySignal<ReadonlySet<string>>;
  readonly onlyDiffering: Signal<boolean>;
  readonly order: Signal<RunOrder | undefined>;
  readonly widths: Signal<Readonly<Record<string, number>>>;
  readonly axis: Signal<CurveAxis>;
  readonly log: Signal<boolean>;
  /** From 0 to 0.98. */
  readonly smoothing: Signal<number>;
  /** No runs were chosen: the latest ones are shown. */
  readonly showsLatest: ReadonlySignal<boolean>;
  readonly toggleOrder: (field: string) => void;
  readonly toggleSelected: (runId: string) => void;
  readonly selectAll: () => void;
}

/** Curves of more runs than this cannot be told apart. */
export const mostCurves = 24;
const firstSelection = 8;
const latestRuns = 200;

export function createCompareStore({ host, subject, persistence }: PanelParts<'compare'>): CompareStore {
  const onlyDiffering = persistence.keep('onlyDiffering', false, isBoolean);
  const order = persistence.keep<RunOrder | undefined>('order', undefined, isOrder);
  const widths = persistence.keep<Readonly<Record<string, number>>>('widths', {}, isNumbers);
  const picked = persistence.keep<readonly string[] | undefined>('selected', undefined, isOptionalTexts);
  const axis = persistence.keep<CurveAxis>('axis', 'step', isOneOf('step', 'time'));
  const log = persistence.keep('log', false, isBoolean);
  const smoothing = persistence.keep('smoothing', 0, isNumber);
  const runIds = computed(() => subject.value.runIds);

  const comparison = createResource<Comparison>(async () => {
    const wanted = runIds.peek();
    if (wanted.length === 0) {
      const { runs } = await host.call('listRuns', { limit: latestRuns });
      return { runs, rows: [] };
    }
    return mergeComparisons(await Promise.all(partsOf(wanted).map((part) => host.call('compareRuns', { runIds: part }))));
  });
  const runs = computed(() => comparison.value.value?.runs ?? []);
  const fields = computed(() => fieldsOf(runs.value));
  const shownFields = computed(() => (onlyDiffering.value ? fields.value.filter((field) => field.differs) : fields.value));
  const rows = computed(() => sortRuns(runs.value, fields.value, order.value));
  const selected = computed(() => {
    const wanted = picked.value;
    return wanted === undefined ? runs.value.slice(0, firstSelection) : runs.value.filter((run) => wanted.includes(run.runId));
  });
  const selectedIds = computed(() => new Set(selected.value.map((run) => run.runId)));

  const series = createResource<readonly MetricSeries[]>(async () => {
    const drawn = selected.peek().slice(0, mostCurves);
    const keys = [...new Set(drawn.flatMap((run) => Object.keys(run.metrics)))].sort();
    if (drawn.length === 0 || keys.length === 0) {
      return [];
    }
    const keysPerCall = 50;
    const calls = Array.from({ length: Math.ceil(keys.length / keysPerCall) }, (_, call) =>
      host.call('getMetricSeries', { runIds: drawn.map((run) => run.runId), keys: keys.slice(call * keysPerCall, (call + 1) * keysPerCall) }),
    );
    return (await Promise.all(calls)).flatMap((answer) => answer.series);
  });

  let before: readonly string[] | undefined;
  effect(() => {
    const wanted = runIds.value;
    if (before !== undefined && before.join() !== wanted.join()) {
      picked.value = undefined;
    }
    before = wanted;
    comparison.reset();
  });
  // Runs and the names of their metrics decide which curves are fetched; new values of known metrics arrive as events.
  const wantedCurves = computed(() => selected.value.map((run) => `${run.runId} ${Object.keys(run.metrics).sort().join()}`).join('\n'));
  effect(() => {
    if (wantedCurves.value !== '') {
      series.refresh();
    }
  });

  const refreshAll = (): void => {
    comparison.refresh();
    series.refresh();
  };
  host.onReconnect(refreshAll);
  host.onEvent((event) => {
    if (event.topic === 'run' && (runIds.peek().length === 0 || runIds.peek().includes(event.runId))) {
      refreshAll();
    }
  });

  return {
    comparison,
    series,
    fields,
    shownFields,
    rows,
    selected,
    selectedIds,
    onlyDiffering,
    order,
    widths,
    axis,
    log,
    smoothing,
    showsLatest: computed(() => runIds.value.length === 0),
    toggleOrder(field) {
      const current = order.value;
      if (current?.field !== field) {
        order.value = { field, descending: fields.value.find(({ id }) => id === field)?.direction === 'higher' };
        return;
      }
      const first = fields.value.find(({ id }) => id === field)?.direction === 'higher';
      order.value = current.descending === first ? { field, descending: !first } : undefined;
    },
    toggleSelected(runId) {
      const next = new Set(selectedIds.value);
      if (!next.delete(runId)) {
        next.add(runId);
      }
      picked.value = [...next];
    },
    selectAll() {
      const all = runs.value.map((run) => run.runId);
      picked.value = selectedIds.value.size === all.length ? [] : all;
    },
  };
}

function isOrder(value: unknown): value is RunOrder | undefined {
  return value === undefined || (isRecord(value) && typeof value['field'] === 'string' && typeof value['descending'] === 'boolean');
}
