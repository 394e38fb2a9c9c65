import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { viewsOf, type SavedView } from '../../server/contract/savedViews.ts';
import type { Host } from '../ui/host.ts';
import type { Persistence } from '../ui/storage.ts';
import { isText } from '../ui/storage.ts';
import type { CurveStore } from './curveStore.ts';
import type { Judgement } from './judgement.ts';
import type { TableView } from './tableView.ts';

/** Ways to look at the runs that are kept with their experiment, so that other windows and other people have them too. */
export interface SavedViews {
  /** Of the experiments of the runs, by name. */
  readonly views: ReadonlySignal<ReadonlyMap<string, SavedView>>;
  /** The view that was opened last, and whether the panel shows something else since. */
  readonly opened: ReadonlySignal<{ readonly name: string; readonly changed: boolean } | undefined>;
  readonly open: (name: string) => void;
  /** Keeps what the panel shows; takes the place of a view of that name. */
  readonly save: (name: string) => Promise<void>;
  readonly rename: (name: string, newName: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** What can be taken back: a view that was deleted or replaced. */
  readonly undone: ReadonlySignal<{ readonly what: string; readonly undo: () => Promise<void> } | undefined>;
}

interface ViewParts {
  readonly host: Host<'compare'>;
  readonly persistence: Persistence;
  readonly judgement: Pick<Judgement, 'experiments' | 'ids' | 'ofAll'>;
  readonly table: Pick<TableView, 'filter' | 'layout' | 'onlyDiffering' | 'allColumns' | 'shaded' | 'orders' | 'groupedIds' | 'group' | 'summary'>;
  readonly curves: Pick<CurveStore, 'axis' | 'log' | 'logX' | 'bands' | 'smoothing' | 'search' | 'enlarged'>;
  /** The tab that was chosen; empty where none was. */
  readonly tab: Signal<string>;
  readonly relations: Signal<Readonly<Record<string, string>>>;
}

export function createSavedViews(parts: ViewParts): SavedViews {
  const { host, judgement } = parts;
  const { experiments, ids, ofAll } = judgement;
  const last = parts.persistence.keep('view', '', isText);
  const undone = signal<{ readonly what: string; readonly undo: () => Promise<void> } | undefined>(undefined);
  const viewsOfExperiment = (experimentId: string): ReadonlyMap<string, SavedView> => viewsOf(experiments.value.get(experimentId)?.tags ?? {});
  const views = computed(() => new Map(ids.value.flatMap((id) => [...viewsOfExperiment(id)]).sort(([a], [b]) => a.localeCompare(b))));
  const shown = computed(() => JSON.stringify(capture(parts)));
  const put = (name: string, view: SavedView): Promise<void> => ofAll((experimentId) => host.call('saveView', { experimentId, name, view, replace: true }));
  /** Of the experiments that have it alone. */
  const ofThose = (name: string, change: (experimentId: string) => Promise<unknown>): Promise<void> => ofAll(async (experimentId) => (viewsOfExperiment(experimentId).has(name) ? change(experimentId) : undefined));
  const remove = (name: string): Promise<void> => ofThose(name, (experimentId) => host.call('deleteView', { experimentId, name }));
  const restorable = (what: string, name: string, view: SavedView): void => {
    undone.value = {
      what,
      async undo() {
        await put(name, view);
        undone.value = undefined;
      },
    };
  };
  return {
    views,
    opened: computed(() => {
      const view = views.value.get(last.value);
      return view === undefined ? undefined : { name: last.value, changed: inOrder(view) !== shown.value };
    }),
    open(name) {
      const view = views.value.get(name);
      if (view !== undefined) {
        apply(parts, view);
        last.value = name;
      }
    },
    async save(name) {
      const before = views.value.get(name);
      await put(name, capture(parts));
      last.value = name;
      undone.value = undefined;
      if (before !== undefined) {
        restorable(`Replaced “${name}”.`, name, before);
      }
    },
    async rename(name, newName) {
      await ofThose(name, (experimentId) => host.call('renameView', { experimentId, name, newName }));
      undone.value = undefined;
      if (last.value === name) {
        last.value = newName;
      }
    },
    async remove(name) {
      const before = views.value.get(name);
      await remove(name);
      if (before !== undefined) {
        restorable(`Deleted “${name}”.`, name, before);
      }
    },
    undone,
  };
}

/** What the panel shows. */
function capture({ table, curves, tab, relations }: ViewParts): SavedView {
  const { order, hidden, pinned } = table.layout.value;
  return {
    filter: table.filter.value.trim(),
    columns: { order: [...order], hidden: [...hidden], pinned: [...pinned] },
    onlyDiffering: table.onlyDiffering.value,
    allColumns: table.allColumns.value,
    shaded: table.shaded.value,
    orders: table.orders.value.map(({ field, descending }) => ({ field, descending })),
    groups: [...table.groupedIds.value],
    summary: table.summary.value,
    tab: tab.value,
    charts: {
      axis: curves.axis.value,
      log: curves.log.value,
      logX: curves.logX.value,
      bands: curves.bands.value,
      smoothing: curves.smoothing.value,
      search: curves.search.value,
      enlarged: [...curves.enlarged.value],
    },
    relations: { ...relations.value },
  };
}

/** A view as {@link capture} writes it, to be compared with what is shown. */
function inOrder(view: SavedView): string {
  const { filter, columns, onlyDiffering, allColumns, shaded, orders, groups, summary, tab, charts, relations } = view;
  const { order, hidden, pinned } = columns;
  const { axis, log, logX, bands, smoothing, search, enlarged } = charts;
  return JSON.stringify({ filter, columns: { order, hidden, pinned }, onlyDiffering, allColumns, shaded, orders: orders.map(({ field, descending }) => ({ field, descending })), groups, summary, tab, charts: { axis, log, logX, bands, smoothing, search, enlarged }, relations });
}

function apply({ table, curves, tab, relations }: ViewParts, view: SavedView): void {
  batch(() => {
    table.filter.value = view.filter;
    table.layout.value = view.columns;
    table.onlyDiffering.value = view.onlyDiffering;
    table.allColumns.value = view.allColumns;
    table.shaded.value = view.shaded;
    table.orders.value = view.orders;
    table.group(view.groups);
    table.summary.value = view.summary;
    tab.value = view.tab;
    curves.axis.value = view.charts.axis;
    curves.log.value = view.charts.log;
    curves.logX.value = view.charts.logX;
    curves.bands.value = view.charts.bands;
    curves.smoothing.value = view.charts.smoothing;
    curves.search.value = view.charts.search;
    curves.enlarged.value = view.charts.enlarged;
    relations.value = view.relations;
  });
}
