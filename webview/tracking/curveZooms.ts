import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { isRecord } from '../../server/contract/values.ts';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import type { ChartRange } from '../ui/chart/chartProps.ts';
import type { CurveAxis } from '../ui/chart/curves.ts';
import { asFailure, type HostFailure } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { isNumber } from '../ui/storage.ts';
import type { ByMetric } from './curveHistory.ts';
import { windowOf, type CurveWindow } from './curveWindows.ts';

/** What a part of a run's history looks like from near. */
export interface CurveDetail {
  readonly window: CurveWindow;
  readonly series: MetricSeries | undefined;
}

/** The parts of charts that are zoomed in on, read anew where the whole was thinned. */
export interface CurveZooms {
  readonly details: ReadonlySignal<ByMetric<CurveDetail>>;
  readonly zoomOf: (metric: string) => ChartRange | undefined;
  readonly zoom: (metric: string, range: ChartRange | undefined) => void;
  /** Reads all of them again. */
  readonly refresh: () => void;
  readonly clear: () => void;
}

interface ZoomParts extends Pick<PanelParts<'compare'>, 'host' | 'persistence'> {
  readonly runs: ReadonlySignal<readonly Run[]>;
  readonly axis: ReadonlySignal<CurveAxis>;
  readonly known: ReadonlySignal<ByMetric<MetricSeries>>;
  readonly failure: Signal<HostFailure | undefined>;
}

const zoomMilliseconds = 120;

export function createCurveZooms({ host, persistence, runs, axis, known, failure }: ZoomParts): CurveZooms {
  const zooms = persistence.keep<Readonly<Record<string, ChartRange>>>('zooms', {}, isZooms);
  const details = signal<ByMetric<CurveDetail>>(new Map());
  const zoomKey = (metric: string): string => `${axis.value} ${metric}`;

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

  return {
    details,
    zoomOf: (metric) => zooms.value[zoomKey(metric)],
    zoom(metric, range) {
      const key = zoomKey(metric);
      const others = Object.fromEntries(Object.entries(zooms.value).filter(([other]) => other !== key));
      zooms.value = range === undefined ? others : { ...others, [key]: range };
    },
    refresh: () => {
      lookAt(zoomed.peek());
    },
    clear: () => {
      details.value = new Map();
      zooms.value = {};
    },
  };
}

function isZooms(value: unknown): value is Readonly<Record<string, ChartRange>> {
  return isRecord(value) && Object.values(value).every((range) => Array.isArray(range) && range.length === 2 && range.every(isNumber));
}
