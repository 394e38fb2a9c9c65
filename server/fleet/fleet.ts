import { Router } from 'express';
import { severities, type Incident } from '../contract/alerts.ts';
import { attentionOf } from '../contract/attention.ts';
import type { EndpointSummary } from '../contract/deployments.ts';
import { fleetRoutes, standings, type FleetEntry, type Standing } from '../contract/fleet.ts';
import { needsSomebody } from '../contract/format/fleet.ts';
import { isUnwell, type Verdict } from '../contract/monitoring.ts';
import type { Performance } from '../contract/performance.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';

/** A look that somebody has taken. */
interface Taken<Seen> {
  readonly at: number;
  readonly windowMinutes: number;
  readonly seen: Seen;
}

interface LiveSpans {
  readonly live: { readonly release: string; readonly from: number } | undefined;
  readonly before: { readonly release: string } | undefined;
}

interface TrafficOfEndpoint {
  readonly endpoint: string;
  readonly hour: Omit<FleetEntry['traffic'], 'lastAt'>;
  readonly lastAt: number | null;
  readonly change: FleetEntry['change'];
}

/** What the fleet is told from: each of these answers at once, or from a thread. */
export interface FleetSources {
  endpoints(): readonly EndpointSummary[];
  /** The release that is live, and the one before it. */
  liveSpans(endpoint: string): LiveSpans;
  /** Of each endpoint the incident that goes on, else its last one. */
  incidents(): ReadonlyMap<string, Incident>;
  /** The last looks at an endpoint, whenever they were. */
  looks(endpoint: string): { readonly drift?: Taken<{ readonly verdict: Verdict | undefined }> | undefined; readonly performance?: Taken<Performance> | undefined };
  traffic(endpoints: readonly ({ readonly endpoint: string } & LiveSpans)[]): Promise<readonly TrafficOfEndpoint[]>;
}

/** All endpoints and how they stand. */
export function createFleet(sources: FleetSources): Feature {
  const entriesOf = async (endpoints: readonly EndpointSummary[]): Promise<FleetEntry[]> => {
    if (endpoints.length === 0) {
      return [];
    }
    const spans = new Map(endpoints.map(({ name }) => [name, sources.liveSpans(name)]));
    const incidents = sources.incidents();
    const traffic = new Map((await sources.traffic([...spans].map(([endpoint, span]) => ({ endpoint, ...span })))).map((each) => [each.endpoint, each]));
    const now = Date.now();
    return endpoints
      .flatMap((endpoint) => {
        const own = traffic.get(endpoint.name);
        return own === undefined ? [] : [entryOf({ endpoint, live: spans.get(endpoint.name)?.live, incident: incidents.get(endpoint.name), traffic: own, looks: sources.looks(endpoint.name) }, now)];
      })
      .sort(byNeed);
  };
  const router = Router();
  implementAll(router, fleetRoutes, {
    listFleet: async () => ({ endpoints: await entriesOf(sources.endpoints()) }),
    async getStanding({ name }) {
      const [entry] = await entriesOf(sources.endpoints().filter((endpoint) => endpoint.name === name));
      if (entry === undefined) {
        throw new Problem('not-found', `There is no endpoint ${name}.`, { field: 'name', remedy: 'List them with "slipway endpoints".' });
      }
      return entry;
    },
  });
  return { router };
}

interface Known {
  readonly endpoint: EndpointSummary;
  readonly live: LiveSpans['live'];
  readonly incident: Incident | undefined;
  readonly traffic: TrafficOfEndpoint;
  readonly looks: ReturnType<FleetSources['looks']>;
}

function entryOf(known: Known, now: number): FleetEntry {
  const { endpoint, live, incident, traffic, looks } = known;
  const { drift, performance } = looks;
  const verdict = drift?.seen.verdict;
  const { rollout } = endpoint;
  return {
    endpoint: endpoint.name,
    model: endpoint.model,
    state: endpoint.state,
    ...standingOf(known, now),
    liveVersion: endpoint.liveVersion ?? null,
    liveSince: live?.from ?? null,
    releasedBy: rollout !== undefined && rollout.state === 'succeeded' && rollout.to === live?.release ? rollout.requestedBy : null,
    traffic: { ...traffic.hour, lastAt: traffic.lastAt },
    change: traffic.change,
    drift: drift === undefined || verdict === undefined ? null : { at: drift.at, windowMinutes: drift.windowMinutes, kind: verdict.kind, isWell: verdict.isWell, sentence: verdict.sentence },
    performance: performance === undefined || performance.seen.labels.current === 0 ? null : { at: performance.at, windowMinutes: performance.windowMinutes, labelled: performance.seen.total.labelled, figure: figureOf(performance.seen) },
    incident: incident ?? null,
  };
}

/** The first metric that the labels of the endpoint allow. */
function figureOf({ total: { evaluation } }: Performance): NonNullable<FleetEntry['performance']>['figure'] {
  const metrics = 'metrics' in evaluation ? evaluation.metrics : [];
  return metrics.find(({ value }) => value !== null) ?? metrics[0] ?? null;
}

function standingOf({ endpoint, live, incident, traffic, looks }: Known, now: number): Pick<FleetEntry, 'standing' | 'since' | 'words'> {
  const attention = attentionOf(endpoint, now);
  const startedAt = endpoint.rollout?.endedAt ?? endpoint.rollout?.startedAt ?? null;
  if (attention?.kind === 'waits') {
    return { standing: 'waits', since: endpoint.rollout?.startedAt ?? null, words: attention.words };
  }
  if (incident !== undefined && incident.state !== 'resolved') {
    return { standing: incident.state === 'acknowledged' ? 'acknowledged' : 'incident', since: incident.openedAt, words: incident.title };
  }
  if (attention?.kind === 'degraded' || attention?.kind === 'failed') {
    // A state has no time of its own; a rollout has.
    const isOfRollout = endpoint.state !== 'degraded' && endpoint.rollout?.state !== 'running';
    return { standing: attention.kind, since: isOfRollout ? startedAt : null, words: attention.words };
  }
  if (endpoint.state === 'stopped' || live === undefined) {
    return { standing: 'stopped', since: null, words: live === undefined ? 'No release is live.' : '' };
  }
  if (traffic.hour.requests === 0) {
    return { standing: 'quiet', since: traffic.lastAt, words: traffic.lastAt === null ? 'No request has come yet.' : '' };
  }
  if (looks.drift?.seen.verdict !== undefined && isUnwell(looks.drift.seen.verdict)) {
    // A look says what it saw, not since when.
    return { standing: 'drifted', since: null, words: '' };
  }
  return { standing: 'well', since: Math.max(incident?.resolvedAt ?? 0, endpoint.createdAt), words: '' };
}

function rankOf(standing: string): number {
  const rank = standings.indexOf(standing as Standing);
  return rank < 0 ? standings.length : rank;
}

function severityOf(entry: FleetEntry): number {
  return severities.findIndex((each) => each === entry.incident?.severity);
}

/** Those that need a person first: by how they stand, by severity, the longest first. */
function byNeed(a: FleetEntry, b: FleetEntry): number {
  const byStanding = rankOf(a.standing) - rankOf(b.standing);
  if (byStanding !== 0) {
    return byStanding;
  }
  const byAge = needsSomebody(a) ? severityOf(b) - severityOf(a) || (a.since ?? 0) - (b.since ?? 0) : 0;
  return byAge || a.endpoint.localeCompare(b.endpoint);
}
