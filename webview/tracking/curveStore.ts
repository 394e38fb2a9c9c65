import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import type { ChartRange } from '../ui/chart/Chart.tsx';
import type { CurveAxis } from '../ui/chart/curves.ts';
import { asFailure, type HostFailure } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { isBoolean, isNumber, isOneOf, isRecord, isText, isTexts } from '../ui/storage.ts';
import { curveGroups, isFound, type CurveGroup } from './curveGroups.ts';
import { isCurve, windowOf, type CurveWindow } from './curveWindows.ts';

/** What a part of a run's history looks like from near. */
export interface CurveDetail {
  readonly window: CurveWindow;
  readonly series: MetricSeries | undefined;
}

type ByRun<T> = ReadonlyMap<string, T>;

/** The curves of the selected runs, and how they are drawn. */
export interface CurveStore {
  /** Curves of more runs than this cannot be told apart: the first of the selected ones. */
  readonly runs: ReadonlySignal<readonly Run[]>;
  /** By metric and run; what is not there yet is on its way. */
  readonly series: ReadonlySignal<ReadonlyMap<string, ByRun<MetricSeries>>>;
  /** The same for the part that a chart is zoomed in on, where the whole was thinned. */
  readonly details: ReadonlySignal<ReadonlyMap<string, ByRun<CurveDetail>>>;
  /** Whether the histories of all metrics are known; those of charts that are not shown yet wait. */
  readonly complete: ReadonlySignal<boolean>;
  readonly failure: ReadonlySignal<HostFailure | undefined>;
  readonly retry: () => void;
  /** How many charts are wanted. */
  readonly charts: Signal<number>;
  /** Words that the names of the metrics of the charts have. */
  readonly search: Signal<string>;
  /** How many metrics there are, found or not. */
  readonly metrics: ReadonlySignal<number>;
  /** The metrics that the search finds, in the order of their charts. */
  readonly groups: ReadonlySignal<readonly CurveGroup[]>;
  /** Runs whose curves are switched off. */
  readonly hidden: Signal<ReadonlySet<string>>;
  /** Metrics whose charts are as wide as the panel. */
  readonly enlarged: Signal<readonly string[]>;
  readonly axis: Signal<CurveAxis>;
  readonly log: Signal<boolean>;
  readonly logX: Signal<boolean>;
  readonly bands: Signal<boolean>;
  /** From 0 to 0.98. */
  readonly smoothing: Signal<number>;
  readonly zoomOf: (metric: string) => ChartRange | undefined;
  readonly zoom: (metric: string, range: ChartRange | undefined) => void;
}

export const mostCurves = 24;
export const chartsAtOnce = 12;
const keysPerCall = 4;
const zoomMilliseconds = 120;
/** A run that logs all the time is read once in a while. */
const liveMilliseconds = 1000;

interface Parts extends Pick<PanelParts<'compare'>, 'host' | 'persistence' | 'subject'> {
  /** The selected runs. */
  readonly selected: ReadonlySignal<readonly Run[]>;
}

export function createCurveStore({ host, persistence, subject, selected }: Parts): CurveStore {
  const axis = persistence.keep<CurveAxis>('axis', 'step', isOneOf('step', 'time', 'clock'));
  const log = persistence.keep('log', false, isBoolean);
  const logX = persistence.keep('logX', false, isBoolean);
  const bands = persistence.keep('bands', true, isBoolean);
  const smoothing = persistence.keep('smoothing', 0, isNumber);
  const zooms = persistence.keep<Readonly<Record<string, ChartRange>>>('zooms', {}, isZooms);
  const charts = signal(chartsAtOnce);
  const search = persistence.keep('chartSearch', '', isText);
  const enlarged = persistence.keep<readonly string[]>('enlarged', [], isTexts);
  const known = signal<ReadonlyMap<string, ByRun<MetricSeries>>>(new Map());
  const details = signal<ReadonlyMap<string, ByRun<CurveDetail>>>(new Map());
  const complete = signal(false);
  const failure = signal<HostFailure | undefined>(undefined);
  const runs = computed(() => selected.value.slice(0, mostCurves));
  const names = computed(() => [...new Set(runs.value.flatMap((run) => Object.keys(run.metrics)))]);
  const groups = computed(() => curveGroups(names.value.filter((name) => isFound(name, search.value))));
  /** Metrics whose history of a run was asked for, by run. */
  const loaded = new Map<string, Set<string>>();
  const zoomKey = (metric: string): string => `${axis.value} ${metric}`;

  const keep = (series: readonly MetricSeries[]): void => {
    const next = new Map(known.peek());
    for (const item of series) {
      next.set(item.key, new Map(next.get(item.key)).set(item.runId, item));
    }
    known.value = next;
  };

  const curvesSoFar = (keys: readonly string[]): number => keys.filter((key) => runs.peek().some(({ runId }) => isCurve(known.peek().get(key)?.get(runId) ?? { points: [] }))).length;

  /** Fetches what is not there yet, metric after metric, until there are enough charts. */
  const fill = async (): Promise<void> => {
    for (;;) {
      const drawn = runs.peek();
      const logged = new Map(drawn.map((run) => [run.runId, new Set(Object.keys(run.metrics))]));
      const keys = groups.peek().flatMap((group) => group.keys);
      const isMissing = ({ runId }: Run, key: string): boolean => logged.get(runId)?.has(key) === true && loaded.get(runId)?.has(key) !== true;
      const missing = keys.filter((key) => drawn.some((run) => isMissing(run, key)));
      complete.value = missing.every((key) => known.peek().has(key));
      const asked = missing.slice(0, keysPerCall);
      const isShown = asked.some((key) => known.peek().has(key));
      if (asked.length === 0 || (!isShown && curvesSoFar(keys) >= charts.peek())) {
        return;
      }
      const wanted = drawn.filter((run) => asked.some((key) => isMissing(run, key)));
      const marks = wanted.map(({ runId }) => [runId, new Set([...(loaded.get(runId) ?? []), ...asked])] as const);
      marks.forEach(([runId, mark]) => loaded.set(runId, mark));
      try {
        const { series } = await host.call('getMetricSeries', { runIds: wanted.map(({ runId }) => runId), keys: asked });
        batch(() => {
          keep(series);
          failure.value = undefined;
        });
      } catch (error) {
        wanted.forEach(({ runId }) => loaded.delete(runId));
        failure.value = asFailure(error);
        return;
      }
    }
  };
  let filling: Promise<void> | undefined;
  let again = false;
  const load = (): void => {
    if (filling !== undefined) {
      again = true;
      return;
    }
    filling = fill().finally(() => {
      filling = undefined;
      if (again) {
        again = false;
        load();
      }
    });
  };

  const look = async (metric: string, range: ChartRange): Promise<void> => {
    const by = axis.peek();
    const thinned = runs.peek().flatMap(({ runId }) => {
      const series = known.peek().get(metric)?.get(runId);
      return series === undefined || series.points.length >= series.total ? [] : [{ runId, window: windowOf(series, by, range) }];
    });
    const windows = new Map(thinned.map(({ window }) => [JSON.stringify(window), window]));
    const found = await Promise.all([...windows.values()].map(async (window) => {
      const runIds = thinned.filter((item) => JSON.stringify(item.window) === JSON.stringify(window)).map(({ runId }) => runId);
      const { series } = await host.call('getMetricSeries', { runIds, keys: [metric], window });
      return runIds.map((runId) => [runId, { window, series: series.find((item) => item.runId === runId) }] as const);
    }));
    if (axis.peek() === by && zooms.peek()[zoomKey(metric)] === range) {
      details.value = new Map(details.peek()).set(metric, new Map(found.flat()));
    }
  };
  /** What each zoomed chart's detail was asked for: the range, and the runs that were there. */
  const looked = new Map<string, string>();
  const zoomed = computed(() =>
    [...known.value].flatMap(([metric, byRun]) => {
      const range = zooms.value[zoomKey(metric)];
      return range === undefined ? [] : [{ metric, range, wanted: `${axis.value} ${range.join()} ${[...byRun.keys()].join()}` }];
    }),
  );
  const isFresh = ({ metric, wanted }: { readonly metric: string; readonly wanted: string }): boolean => looked.get(metric) !== wanted;
  const lookAt = (charts: typeof zoomed.value): void => {
    for (const { metric, range, wanted } of charts) {
      looked.set(metric, wanted);
      look(metric, range).catch((error: unknown) => {
        looked.delete(metric);
        failure.value = asFailure(error);
      });
    }
  };
  let zoomTimer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    if (zoomed.value.some(isFresh)) {
      clearTimeout(zoomTimer);
      zoomTimer = setTimeout(() => {
        lookAt(zoomed.peek().filter(isFresh));
      }, zoomMilliseconds);
    }
  });

  // Which runs are drawn and the names of their metrics decide what is fetched; new values of known metrics arrive as events.
  const wanted = computed(() => [search.value, ...runs.value.map((run) => `${run.runId} ${Object.keys(run.metrics).sort().join()}`)].join('\n'));
  effect(() => {
    if (wanted.value !== '' && charts.value > 0 && runs.peek().length > 0) {
      load();
    }
  });

  const forget = (runId: string): void => {
    loaded.delete(runId);
  };
  const logging = new Set<string>();
  let liveTimer: ReturnType<typeof setTimeout> | undefined;
  host.onEvent((event) => {
    if (event.topic === 'run' && loaded.has(event.runId)) {
      logging.add(event.runId);
      liveTimer ??= setTimeout(() => {
        liveTimer = undefined;
        logging.forEach(forget);
        logging.clear();
        load();
        lookAt(zoomed.peek());
      }, liveMilliseconds);
    }
  });
  const retry = (): void => {
    loaded.clear();
    load();
    lookAt(zoomed.peek());
  };
  host.onReconnect(retry);

  let before: string | undefined;
  effect(() => {
    const now = JSON.stringify(subject.value);
    if (before !== undefined && before !== now) {
      loaded.clear();
      batch(() => {
        known.value = new Map();
        details.value = new Map();
        zooms.value = {};
      });
    }
    before = now;
  });

  return {
    runs,
    series: known,
    details,
    complete,
    failure,
    retry,
    charts,
    search,
    metrics: computed(() => names.value.length),
    groups,
    hidden: signal<ReadonlySet<string>>(new Set()),
    enlarged,
    axis,
    log,
    logX,
    bands,
    smoothing,
    zoomOf: (metric) => zooms.value[zoomKey(metric)],
    zoom(metric, range) {
      const key = zoomKey(metric);
      const others = Object.fromEntries(Object.entries(zooms.value).filter(([other]) => other !== key));
      zooms.value = range === undefined ? others : { ...others, [key]: range };
    },
  };
}

function isZooms(value: unknown): value is Readonly<Record<string, ChartRange>> {
  return isRecord(value) && Object.values(value).every((range) => Array.isArray(range) && range.length === 2 && range.every(isNumber));
}
