import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import type { ChartRange } from '../ui/chart/chartProps.ts';
import type { CurveAxis } from '../ui/chart/curves.ts';
import type { HostFailure } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { isBoolean, isNumber, isOneOf, isText, isTexts } from '../ui/storage.ts';
import { curveGroups, isFound, type CurveGroup } from './curveGroups.ts';
import { createCurveHistory, type ByMetric } from './curveHistory.ts';
import { isCurve } from './curveWindows.ts';
import { createCurveZooms, type CurveDetail } from './curveZooms.ts';

/** The curves of the selected runs, and how they are drawn. */
export interface CurveStore {
  /** Curves of more runs than this cannot be told apart: the first of the selected ones. */
  readonly runs: ReadonlySignal<readonly Run[]>;
  /** By metric and run; what is not there yet is on its way. */
  readonly series: ReadonlySignal<ByMetric<MetricSeries>>;
  /** The same for the part that a chart is zoomed in on, where the whole was thinned. */
  readonly details: ReadonlySignal<ByMetric<CurveDetail>>;
  /** Whether the histories of all metrics are known; those of charts that are not shown yet wait. */
  readonly complete: ReadonlySignal<boolean>;
  /** Whether none of the metrics has a curve; while histories are on their way, as it was before. */
  readonly none: ReadonlySignal<boolean>;
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
/** A run that logs all the time is read once in a while. */
const liveMilliseconds = 1000;

interface CurveParts extends Pick<PanelParts<'compare'>, 'host' | 'persistence' | 'subject'> {
  /** The selected runs. */
  readonly selected: ReadonlySignal<readonly Run[]>;
}

export function createCurveStore({ host, persistence, subject, selected }: CurveParts): CurveStore {
  const axis = persistence.keep<CurveAxis>('axis', 'step', isOneOf('step', 'time', 'clock'));
  const charts = signal(chartsAtOnce);
  const search = persistence.keep('chartSearch', '', isText);
  const failure = signal<HostFailure | undefined>(undefined);
  const runs = computed(() => selected.value.slice(0, mostCurves));
  const names = computed(() => [...new Set(runs.value.flatMap((run) => Object.keys(run.metrics)))]);
  const groups = computed(() => curveGroups(names.value.filter((name) => isFound(name, search.value))));
  const history = createCurveHistory({ host, runs, groups, charts, search, failure });
  const zooms = createCurveZooms({ host, persistence, runs, axis, known: history.known, failure });

  const readAgain = (): void => {
    history.load();
    zooms.refresh();
  };
  followLogging(host, history.isAsked, (runIds) => {
    runIds.forEach(history.forget);
    readAgain();
  });
  const retry = (): void => {
    history.forgetAll();
    readAgain();
  };
  host.onReconnect(retry);

  let before: string | undefined;
  effect(() => {
    const now = JSON.stringify(subject.value);
    if (before !== undefined && before !== now) {
      batch(() => {
        history.clear();
        zooms.clear();
      });
    }
    before = now;
  });

  let none = false;
  return {
    runs,
    series: history.known,
    none: computed(() => {
      if (history.complete.value && search.value === '') {
        none = ![...history.known.value.values()].some((byRun) => [...byRun.values()].some(isCurve));
      }
      return none;
    }),
    details: zooms.details,
    complete: history.complete,
    failure,
    retry,
    charts,
    search,
    metrics: computed(() => names.value.length),
    groups,
    hidden: signal<ReadonlySet<string>>(new Set()),
    enlarged: persistence.keep<readonly string[]>('enlarged', [], isTexts),
    axis,
    log: persistence.keep('log', false, isBoolean),
    logX: persistence.keep('logX', false, isBoolean),
    bands: persistence.keep('bands', true, isBoolean),
    smoothing: persistence.keep('smoothing', 0, isNumber),
    zoomOf: zooms.zoomOf,
    zoom: zooms.zoom,
  };
}

/** Tells of the runs that have logged, once in a while. */
function followLogging(host: PanelParts<'compare'>['host'], isAsked: (runId: string) => boolean, logged: (runIds: ReadonlySet<string>) => void): void {
  let logging = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  host.onEvent((event) => {
    if (event.topic === 'run' && isAsked(event.runId)) {
      logging.add(event.runId);
      timer ??= setTimeout(() => {
        timer = undefined;
        const runIds = logging;
        logging = new Set();
        logged(runIds);
      }, liveMilliseconds);
    }
  });
}
