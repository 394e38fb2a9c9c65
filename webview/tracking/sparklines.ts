import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { numberOf } from '../../server/contract/metricValues.ts';
import type { MetricSeries } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import { isCurve } from './curveWindows.ts';

/** How metrics went over their steps, in small, for the runs in view. */
export interface Sparklines {
  /** Metrics that have a curve in a run that was in view. */
  readonly curved: ReadonlySignal<ReadonlySet<string>>;
  /** The line of a run's metric as the data of an SVG path; undefined where there is none, or it is on its way. */
  readonly of: (runId: string, metric: string) => ReadonlySignal<string | undefined>;
  /** Says which runs and metrics are in view. What of them is not known is asked for once that rests. */
  readonly look: (runIds: readonly string[], metrics: readonly string[]) => void;
}

/** CSS pixels. */
export const sparkSize = { width: 44, height: 16 } as const;
/** A line of so many pixels shows no more. */
export const sparkPoints = 24;
/** A view that scrolls asks for nothing. */
const restMilliseconds = 150;
/** What the companion takes in a call. */
const [mostRuns, mostMetrics] = [100, 50];
/** A run that logs all the time is read once in a while. */
const liveMilliseconds = 2000;

export function createSparklines(host: Host<'compare'>): Sparklines {
  const lines = new Map<string, Signal<string | undefined>>();
  /** What is known of, or was asked for. */
  const asked = new Set<string>();
  const curved = signal<ReadonlySet<string>>(new Set());
  let view: { readonly runIds: readonly string[]; readonly metrics: readonly string[] } = { runIds: [], metrics: [] };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let live: ReturnType<typeof setTimeout> | undefined;
  const idOf = (runId: string, metric: string): string => `${runId} ${metric}`;
  const lineOf = (id: string): Signal<string | undefined> => {
    const line = lines.get(id) ?? signal<string | undefined>(undefined);
    lines.set(id, line);
    return line;
  };
  const show = (series: readonly MetricSeries[]): void => {
    const curves = series.filter(isCurve);
    batch(() => {
      for (const one of curves) {
        lineOf(idOf(one.runId, one.key)).value = pathOf(one);
      }
      if (curves.some(({ key }) => !curved.value.has(key))) {
        curved.value = new Set([...curved.value, ...curves.map(({ key }) => key)]);
      }
    });
  };
  const ask = (): void => {
    const metrics = view.metrics.slice(0, mostMetrics);
    const runIds = view.runIds.filter((runId) => metrics.some((metric) => !asked.has(idOf(runId, metric)))).slice(0, mostRuns);
    if (runIds.length === 0) {
      return;
    }
    const ids = runIds.flatMap((runId) => metrics.map((metric) => idOf(runId, metric)));
    ids.forEach((id) => asked.add(id));
    host.call('getMetricSeries', { runIds: [...runIds], keys: [...metrics], maxPoints: sparkPoints }).then(
      ({ series }) => {
        show(series);
      },
      () => {
        // The table says what it says without them; the next look asks again.
        ids.forEach((id) => asked.delete(id));
      },
    );
  };
  const forget = (wanted: (id: string) => boolean): void => {
    for (const id of asked) {
      if (wanted(id)) {
        asked.delete(id);
      }
    }
  };
  host.onReconnect(() => {
    asked.clear();
    ask();
  });
  const logging = new Set<string>();
  host.onEvent((event) => {
    if (event.topic === 'run' && view.runIds.includes(event.runId)) {
      logging.add(event.runId);
      live ??= setTimeout(() => {
        live = undefined;
        forget((id) => logging.has(id.slice(0, id.indexOf(' '))));
        logging.clear();
        ask();
      }, liveMilliseconds);
    }
  });
  return {
    curved,
    of: (runId, metric) => lineOf(idOf(runId, metric)),
    look(runIds, metrics) {
      view = { runIds, metrics };
      clearTimeout(timer);
      timer = setTimeout(ask, restMilliseconds);
    },
  };
}

/** A history between its own lowest and highest value, over its steps, or over time where it has one step. */
export function pathOf({ points }: Pick<MetricSeries, 'points'>): string | undefined {
  const byStep = points.some(({ step }) => step !== points[0]?.step);
  const drawn = points.map((point) => ({ x: byStep ? point.step : point.timestamp, y: numberOf(point.value) })).filter(({ y }) => Number.isFinite(y)).sort((a, b) => a.x - b.x);
  const [first, last] = [drawn[0], drawn.at(-1)];
  if (first === undefined || last === undefined || drawn.length < 2) {
    return undefined;
  }
  const lowest = drawn.reduce((least, { y }) => Math.min(least, y), Infinity);
  const highest = drawn.reduce((most, { y }) => Math.max(most, y), -Infinity);
  const [width, height] = [sparkSize.width - 2, sparkSize.height - 4];
  const across = (x: number): string => (1 + (last.x === first.x ? 0.5 : (x - first.x) / (last.x - first.x)) * width).toFixed(1);
  const up = (y: number): string => (2 + (highest === lowest ? 0.5 : (highest - y) / (highest - lowest)) * height).toFixed(1);
  return `M${drawn.map(({ x, y }) => `${across(x)} ${up(y)}`).join('L')}`;
}
