import { computed, effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import type { DriftFigure, LoggedRequest, Monitoring } from '../../server/contract/monitoring.ts';
import type { Performance } from '../../server/contract/performance.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBoolean, isOneOf } from '../ui/storage.ts';
import { createBaselineStore, type BaselineStore } from './baselineStore.ts';
import { hasTraffic } from './headlineFigures.ts';
import { loadSpan, spanMilliseconds, spans, type FixedSpan, type Span } from './span.ts';

export interface MonitoringView {
  readonly span: FixedSpan;
  readonly data: Monitoring;
}

/** What every method says of a feature. */
export interface MeasuredDrift {
  readonly drift: readonly DriftFigure[];
  readonly evidentlyDefault: string | null;
}

/** Everything that the Monitoring panel shows and remembers. */
export interface MonitoringStore {
  readonly endpoints: Resource<readonly EndpointSummary[]>;
  readonly endpoint: ReadonlySignal<EndpointSummary | undefined>;
  readonly view: Resource<MonitoringView | undefined>;
  /** How the endpoint stands, and since when. */
  readonly standing: Resource<FleetEntry | undefined>;
  readonly requests: Resource<readonly LoggedRequest[]>;
  readonly span: Signal<Span>;
  /** Predictions beside their labels, of a span of its own: labels come late. */
  readonly performance: Resource<Performance | undefined>;
  readonly performanceDays: Signal<PerformanceDays>;
  readonly baselines: BaselineStore;
  readonly onlyErrors: Signal<boolean>;
  /** Of the span that is shown. */
  readonly measureDrift: (feature: string) => Promise<MeasuredDrift>;
  readonly showEndpoint: (name: string) => void;
  /** Shows from what release, run and data the answer to a request came. */
  readonly explain: (requestId: string) => void;
  readonly sendTestRequest: () => Promise<void>;
  readonly refresh: () => void;
}

/** Time passes without events too: windows move on. */
const idleRefreshMilliseconds = 20_000;
const latestRequests = 50;

export const performanceDays = ['1', '7', '30', '90'] as const;
export type PerformanceDays = (typeof performanceDays)[number];
const performanceWindows: Readonly<Record<PerformanceDays, number>> = { 1: 24, 7: 28, 30: 30, 90: 30 };

export function createMonitoringStore({ host, subject, persistence }: PanelParts<'monitoring'>): MonitoringStore {
  const span = persistence.keep<Span>('span', 'auto', isOneOf(...spans));
  const days = persistence.keep<PerformanceDays>('performanceDays', '30', isOneOf(...performanceDays));
  const onlyErrors = persistence.keep('onlyErrors', false, isBoolean);
  const endpoints = createResource(async () => (await host.call('listEndpoints', {})).endpoints);
  const endpoint = computed(() => endpoints.value.value?.find(({ name }) => name === subject.value.endpoint) ?? endpoints.value.value?.[0]);
  const endpointName = computed(() => endpoint.value?.name);

  const view = createResource<MonitoringView | undefined>(async (_show, signal) => {
    const name = endpointName.peek();
    if (name === undefined) {
      return undefined;
    }
    const load = (fixed: FixedSpan): Promise<Monitoring> => {
      const to = Date.now();
      return host.call('getMonitoring', { name, from: to - spanMilliseconds[fixed], to, windows: 60 }, signal);
    };
    const { span: shown, loaded } = await loadSpan(span.peek(), '15m', load, hasTraffic);
    return { span: shown, data: loaded };
  });
  const requests = createResource<readonly LoggedRequest[]>(async (_show, signal) => {
    const name = endpointName.peek();
    if (name === undefined) {
      return [];
    }
    return (await host.call('listRequests', { name, limit: latestRequests, errors: onlyErrors.peek() ? 'true' : 'false' }, signal)).requests;
  });

  const standing = createResource<FleetEntry | undefined>((_show, signal) => {
    const name = endpointName.peek();
    return name === undefined ? Promise.resolve(undefined) : host.call('getStanding', { name }, signal);
  });

  const performance = createResource<Performance | undefined>(async (_show, signal) => {
    const name = endpointName.peek();
    if (name === undefined) {
      return undefined;
    }
    const to = Date.now();
    return host.call('getPerformance', { name, from: to - Number(days.peek()) * 86_400_000, to, windows: performanceWindows[days.peek()] }, signal);
  });

  const baselines = createBaselineStore(host, endpoint, () => refreshTraffic());

  const refreshTraffic = (): void => {
    view.refresh();
    standing.refresh();
    requests.refresh();
    performance.refresh();
  };
  let shownEndpoint: string | undefined;
  effect(() => {
    if (endpointName.value !== undefined && endpointName.value !== shownEndpoint) {
      shownEndpoint = endpointName.value;
      [view, standing, requests, performance, baselines.all].forEach(({ reset }) => reset());
    }
  });
  // Another span or filter keeps what is shown until the new answer is there.
  effect(() => {
    if (span.value !== undefined && endpointName.peek() !== undefined) {
      view.replace();
    }
  });
  effect(() => {
    if (days.value !== undefined && endpointName.peek() !== undefined) {
      performance.replace();
    }
  });
  effect(() => {
    if (onlyErrors.value !== undefined && endpointName.peek() !== undefined) {
      requests.replace();
    }
  });
  setInterval(() => {
    if (!document.hidden && endpointName.peek() !== undefined) {
      refreshTraffic();
    }
  }, idleRefreshMilliseconds);

  endpoints.reset();
  host.onReconnect(() => {
    endpoints.refresh();
    refreshTraffic();
  });
  host.onEvent((event) => {
    if (event.topic === 'monitoring' && event.endpoint === endpointName.peek()) {
      refreshTraffic();
    } else if (event.topic === 'endpoint' || event.topic === 'rollout') {
      endpoints.refresh();
      standing.refresh();
      baselines.all.refresh();
    } else if (event.topic === 'incident' && event.endpoint === endpointName.peek()) {
      standing.refresh();
    }
  });
  return {
    endpoints,
    endpoint,
    view,
    standing,
    requests,
    span,
    performance,
    performanceDays: days,
    baselines,
    onlyErrors,
    async measureDrift(feature) {
      const { from, to } = view.value.peek()?.data ?? {};
      return host.call('getDrift', { name: endpointName.peek() ?? '', feature, from, to });
    },
    showEndpoint(name) {
      host.show({ panel: 'monitoring', endpoint: name });
    },
    async sendTestRequest() {
      await host.command('slipway.sendTestRequest', { endpoint: endpointName.peek() ?? '' });
      refreshTraffic();
    },
    explain(requestId) {
      // What fails is told by the command itself.
      void host.command('slipway.explainRequest', { requestId, endpoint: endpointName.peek() ?? '' });
    },
    refresh() {
      endpoints.refresh();
      baselines.all.refresh();
      refreshTraffic();
    },
  };
}
