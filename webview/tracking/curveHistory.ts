import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import { asFailure, type HostFailure } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import type { CurveGroup } from './curveGroups.ts';
import { isCurve } from './curveWindows.ts';

/** Of each metric, what there is of each run. */
export type ByMetric<T> = ReadonlyMap<string, ReadonlyMap<string, T>>;

/** The histories of the metrics of the drawn runs, fetched as charts need them. */
export interface CurveHistory {
  readonly known: ReadonlySignal<ByMetric<MetricSeries>>;
  /** Whether the histories of all metrics are known. */
  readonly complete: ReadonlySignal<boolean>;
  /** A run whose history was asked for has logged: it is asked for again with the next {@link load}. */
  readonly forget: (runId: string) => void;
  readonly forgetAll: () => void;
  readonly isAsked: (runId: string) => boolean;
  readonly load: () => void;
  /** Drops what is known, as where other runs are shown. */
  readonly clear: () => void;
}

interface HistoryParts {
  readonly host: PanelParts<'compare'>['host'];
  readonly runs: ReadonlySignal<readonly Run[]>;
  readonly groups: ReadonlySignal<readonly CurveGroup[]>;
  /** How many charts are wanted. */
  readonly charts: Signal<number>;
  readonly search: ReadonlySignal<string>;
  readonly failure: Signal<HostFailure | undefined>;
}

const keysPerCall = 4;

export function createCurveHistory({ host, runs, groups, charts, search, failure }: HistoryParts): CurveHistory {
  const known = signal<ByMetric<MetricSeries>>(new Map());
  const complete = signal(false);
  /** Metrics whose history of a run was asked for, by run. */
  const loaded = new Map<string, Set<string>>();

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

  // Which runs are drawn and the names of their metrics decide what is fetched; new values of known metrics arrive as events.
  const wanted = computed(() => [search.value, ...runs.value.map((run) => `${run.runId} ${Object.keys(run.metrics).sort().join()}`)].join('\n'));
  effect(() => {
    if (wanted.value !== '' && charts.value > 0 && runs.peek().length > 0) {
      load();
    }
  });

  return {
    known,
    complete,
    forget: (runId) => {
      loaded.delete(runId);
    },
    forgetAll: () => {
      loaded.clear();
    },
    isAsked: (runId) => loaded.has(runId),
    load,
    clear: () => {
      loaded.clear();
      known.value = new Map();
    },
  };
}
