import type { Incident } from '../contract/alerts.ts';
import { endpointState, rolloutState, type EndpointSummary } from '../contract/deployments.ts';
import { verdictKind, type Verdict } from '../contract/monitoring.ts';
import type { Performance } from '../contract/performance.ts';
import type { Family, Sample } from '../platform/exposition.ts';

/** A look that somebody has taken. */
interface Taken<Seen> {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly windowMinutes: number;
  readonly seen: Seen;
}

interface Looks {
  readonly drift?: Taken<{ readonly verdict: Verdict | undefined; readonly traffic: { readonly requests: number } }> | undefined;
  readonly performance?: Taken<Performance> | undefined;
}

/** What the companion tells of its endpoints: what it knows already, so that a scrape reads nothing that takes long. */
export interface MetricsSources {
  readonly version: string;
  endpoints(): readonly EndpointSummary[];
  /** Of each endpoint the incident that goes on, else its last one. */
  incidents(): ReadonlyMap<string, Incident>;
  /** The last looks at an endpoint, whenever they were. */
  looks(endpoint: string): Looks;
}

/** Columns of one endpoint that a scrape names: of those that have moved the most likely. */
const mostColumns = 20;

/** The companion's metrics: a bounded number of series an endpoint, whatever its columns are called. */
export function companionMetrics(sources: MetricsSources): readonly Family[] {
  const endpoints = sources.endpoints();
  const looks = new Map(endpoints.map(({ name }) => [name, sources.looks(name)]));
  return [
    { name: 'slipway_companion_info', kind: 'gauge', help: 'The companion that answers.', samples: [{ labels: { version: sources.version }, value: 1 }] },
    ...endpointFamilies(endpoints),
    ...incidentFamilies(endpoints, sources.incidents()),
    ...driftFamilies(looks),
    ...performanceFamilies(looks),
  ];
}

/** 1 for what holds and 0 for the others, as OpenMetrics has it of a state set; a value that is not known stands beside them. */
function stateSet(labels: Sample['labels'], name: string, known: readonly string[], holds: string): readonly Sample[] {
  return [...new Set([...known, holds])].map((state) => ({ labels: { ...labels, [name]: state }, value: state === holds ? 1 : 0 }));
}

function endpointFamilies(endpoints: readonly EndpointSummary[]): readonly Family[] {
  return [
    {
      name: 'slipway_endpoint_info',
      kind: 'gauge',
      help: 'What an endpoint serves.',
      samples: endpoints.map(({ name, model, target, liveVersion, liveRelease }) => ({ labels: { endpoint: name, model, target, version: liveVersion, release: liveRelease }, value: 1 })),
    },
    { name: 'slipway_endpoint_state', kind: 'gauge', help: '1 for the state that an endpoint is in.', samples: endpoints.flatMap(({ name, state }) => stateSet({ endpoint: name }, 'state', endpointState.options, state)) },
    {
      name: 'slipway_endpoint_rollout_state',
      kind: 'gauge',
      help: '1 for the state of the rollout of an endpoint that goes on, else of its last one.',
      samples: endpoints.flatMap(({ name, rollout }) => (rollout === undefined ? [] : stateSet({ endpoint: name }, 'state', rolloutState.options, rollout.state))),
    },
    {
      name: 'slipway_endpoint_rollout_start_time_seconds',
      kind: 'gauge',
      help: 'Start of that rollout since the epoch.',
      samples: endpoints.flatMap(({ name, rollout }) => (rollout === undefined ? [] : [{ labels: { endpoint: name }, value: rollout.startedAt / 1000 }])),
    },
    { name: 'slipway_endpoint_replicas', kind: 'gauge', help: 'Replicas that an endpoint has, of all its releases.', samples: endpoints.map(({ name, replicas }) => ({ labels: { endpoint: name }, value: replicas.length })) },
  ];
}

function incidentFamilies(endpoints: readonly EndpointSummary[], incidents: ReadonlyMap<string, Incident>): readonly Family[] {
  const unresolved = endpoints.flatMap(({ name }) => {
    const incident = incidents.get(name);
    return incident === undefined || incident.state === 'resolved' ? [] : [incident];
  });
  return [
    { name: 'slipway_incidents_unresolved', kind: 'gauge', help: 'Incidents of endpoints that go on.', samples: (['open', 'acknowledged'] as const).map((state) => ({ labels: { state }, value: unresolved.filter((incident) => incident.state === state).length })) },
    { name: 'slipway_endpoint_incident', kind: 'gauge', help: '1 while an incident of an endpoint goes on.', samples: unresolved.map(({ endpoint, severity, state }) => ({ labels: { endpoint, severity, state }, value: 1 })) },
  ];
}

function driftFamilies(all: ReadonlyMap<string, Looks>): readonly Family[] {
  const taken = [...all].flatMap(([endpoint, { drift }]) => (drift?.seen.verdict === undefined ? [] : [{ endpoint, ...drift, ...drift.seen, verdict: drift.seen.verdict }]));
  return [
    { name: 'slipway_endpoint_drift_verdict', kind: 'gauge', help: '1 for what the last look at drift said.', samples: taken.flatMap(({ endpoint, verdict }) => stateSet({ endpoint }, 'verdict', verdictKind.options, verdict.kind)) },
    {
      name: 'slipway_endpoint_drift_distance',
      kind: 'gauge',
      help: `Of the columns that have moved, at most ${mostColumns}, the most likely first: the Kolmogorov-Smirnov distance of numbers, the total variation distance of categories, between baseline and the window of the last look.`,
      samples: taken.flatMap(({ endpoint, verdict }) => verdict.suspects.slice(0, mostColumns).map(({ role, name, distance }) => ({ labels: { endpoint, role, column: name }, value: distance }))),
    },
    { name: 'slipway_endpoint_drift_moved_columns', kind: 'gauge', help: 'Columns that have moved.', samples: taken.map(({ endpoint, verdict }) => ({ labels: { endpoint }, value: verdict.suspects.length })) },
    { name: 'slipway_endpoint_drift_requests', kind: 'gauge', help: 'Requests in the window of the last look at drift.', samples: taken.map(({ endpoint, traffic }) => ({ labels: { endpoint }, value: traffic.requests })) },
    { name: 'slipway_endpoint_drift_evaluated_timestamp_seconds', kind: 'gauge', help: 'When drift was looked at last.', samples: taken.map(({ endpoint, at }) => ({ labels: { endpoint }, value: at / 1000 })) },
  ];
}

function performanceFamilies(all: ReadonlyMap<string, Looks>): readonly Family[] {
  const taken = [...all].flatMap(([endpoint, { performance }]) => (performance === undefined || performance.seen.labels.current === 0 ? [] : [{ endpoint, at: performance.at, total: performance.seen.total }]));
  const figures = taken.flatMap(({ endpoint, total: { evaluation } }) => ('metrics' in evaluation ? evaluation.metrics.map((figure) => ({ endpoint, ...figure })) : []));
  return [
    { name: 'slipway_endpoint_performance', kind: 'gauge', help: 'Metrics of the predictions that have labels, in the window of the last look; in their own units, shares from 0 to 1.', samples: figures.flatMap(({ endpoint, metric, value }) => (value === null ? [] : [{ labels: { endpoint, metric }, value }])) },
    {
      name: 'slipway_endpoint_performance_bound',
      kind: 'gauge',
      help: 'The bounds of their 95 % intervals.',
      samples: figures.flatMap(({ endpoint, metric, interval }) => (interval === undefined ? [] : [{ labels: { endpoint, metric, bound: 'low' }, value: interval.low }, { labels: { endpoint, metric, bound: 'high' }, value: interval.high }])),
    },
    { name: 'slipway_endpoint_labelled_predictions', kind: 'gauge', help: 'Predicted rows with a label in that window: what the metrics cover.', samples: taken.map(({ endpoint, total }) => ({ labels: { endpoint }, value: total.labelled })) },
    { name: 'slipway_endpoint_label_coverage_ratio', kind: 'gauge', help: 'Share of the predicted rows of that window that have a label.', samples: taken.flatMap(({ endpoint, total }) => (total.predictions === 0 ? [] : [{ labels: { endpoint }, value: total.labelled / total.predictions }])) },
    { name: 'slipway_endpoint_performance_evaluated_timestamp_seconds', kind: 'gauge', help: 'When performance was looked at last.', samples: taken.map(({ endpoint, at }) => ({ labels: { endpoint }, value: at / 1000 })) },
  ];
}
