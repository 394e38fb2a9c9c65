import { existsSync } from 'node:fs';
import type { Endpoint, EndpointRelease, Replica } from '../../contract/deployments.ts';
import type { EndpointRecord, LiveSpanRecord } from './endpointTable.ts';
import { neededOf } from './needed.ts';
import type { Releases } from '../replicas/ports.ts';
import { chosenReplicas, samePlace } from '../replicas/chosen.ts';
import { describeTarget } from '../targets/targets.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { toRollout } from '../rollouts/toRollout.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { planShares } from './traffic.ts';

function toReplica(record: ReplicaRecord): Replica {
  return {
    id: record.id,
    release: record.release,
    target: record.target,
    state: record.state,
    addresses: [...record.addresses],
    ...(record.handle === undefined ? {} : { handle: record.handle, handleLabel: `${describeTarget(record.target).replicaNoun} ${record.handle}` }),
    startedAt: record.startedAt,
    ...(record.readyAt === undefined ? {} : { readyAt: record.readyAt }),
    restarts: record.restarts,
    ...(record.message === undefined ? {} : { message: record.message }),
  };
}

/** An endpoint as clients see it. */
export function toEndpoint(endpoint: EndpointRecord, parts: RolloutParts): Endpoint {
  const active = parts.rollouts.active(endpoint.name);
  const latest = active ?? parts.rollouts.latest(endpoint.name);
  const replicas = parts.replicaTable.list(endpoint.name).filter(({ state }) => state !== 'stopped');
  const spans = parts.endpoints.spans(endpoint.name);
  const { live } = neededOf(endpoint, spans, active);
  const liveReplicas = live === undefined ? [] : chosenReplicas(replicas, live);
  const liveServer = endpoint.live === undefined ? undefined : serverOf(endpoint.live.release, parts.releases);
  return {
    name: endpoint.name,
    model: endpoint.model,
    target: endpoint.target,
    targetLabel: describeTarget(endpoint.target).label,
    replicaCount: endpoint.replicaCount,
    url: parts.gateway.url(endpoint.name),
    ...stateOf(endpoint, latest, liveReplicas, parts),
    createdAt: endpoint.createdAt,
    ...(endpoint.live === undefined ? {} : { liveRelease: endpoint.live.release, liveVersion: endpoint.live.version }),
    ...(liveServer === undefined ? {} : { liveServer }),
    route: { weights: endpoint.desired === 'running' ? planShares(endpoint, active).map(({ release, weight }) => ({ release, weight })) : [] },
    replicas: replicas.map(toReplica),
    history: historyOf(endpoint, spans, replicas, parts.releases),
    ...(latest === undefined ? {} : { rollout: toRollout(latest, parts.rollouts) }),
  };
}

/** The MLflow server that a release's model came from; undefined for the companion's own registry, and for a release that is gone. */
export function serverOf(digest: string, releases: Pick<Releases, 'facts'>): string | undefined {
  return releases.facts(digest)?.server;
}

function stateOf(
  endpoint: EndpointRecord,
  rollout: RolloutRecord | undefined,
  live: readonly ReplicaRecord[],
  { traffic }: Pick<RolloutParts, 'traffic'>,
): Pick<Endpoint, 'state' | 'message'> {
  if (endpoint.desired !== 'running') {
    return { state: 'stopped', message: endpoint.desired === 'deleted' ? 'Being deleted' : 'Stopped' };
  }
  const rolling = rollout?.state === 'running' || rollout?.state === 'held';
  if (endpoint.live === undefined) {
    if (rolling) {
      return { state: 'rolling-out', message: rollout.message };
    }
    return rollout?.state === 'failed' ? { state: 'failed', message: rollout.message } : { state: 'empty', message: 'Nothing was deployed yet' };
  }
  const isServing = ({ state, addresses }: ReplicaRecord): boolean => state === 'ready' && addresses.some((address) => traffic.reaches(address));
  const serving = live.filter(isServing).length;
  if (serving < endpoint.replicaCount) {
    const detail = live.find((replica) => !isServing(replica))?.message ?? traffic.failure() ?? 'its replica is being started';
    const what = serving === 0 ? 'does not answer' : `runs on ${serving} of ${endpoint.replicaCount} replicas`;
    return { state: 'degraded', message: `Version ${endpoint.live.version} ${what}: ${detail}` };
  }
  if (rolling) {
    return { state: 'rolling-out', message: rollout.message };
  }
  const failed = rollout?.state === 'failed' ? ` The last rollout failed at ${rollout.message}` : '';
  return { state: 'live', message: `Version ${endpoint.live.version} is live.${failed}` };
}

/** The releases that an endpoint has had, each with its last time as the live one. */
function historyOf(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], replicas: readonly ReplicaRecord[], releases: Releases): EndpointRelease[] {
  const seen = new Set<string>();
  return spans.flatMap((span) => {
    if (seen.has(span.release)) {
      return [];
    }
    seen.add(span.release);
    const server = serverOf(span.release, releases);
    return [
      {
        release: span.release,
        modelVersion: span.version,
        ...(server === undefined ? {} : { server }),
        liveFrom: span.from,
        ...(span.until === undefined ? {} : { liveUntil: span.until }),
        ...readinessOf(span, endpoint, replicas, releases),
      },
    ];
  });
}

/** How fast a past release can be back, as far as can be said without reading its files. */
export function readinessOf(
  span: LiveSpanRecord,
  endpoint: EndpointRecord,
  replicas: readonly ReplicaRecord[],
  releases: Releases,
): Pick<EndpointRelease, 'readiness' | 'reason'> {
  if (endpoint.live?.release === span.release && endpoint.target === span.target) {
    return { readiness: 'live' };
  }
  const ready = replicas.filter((replica) => replica.state === 'ready' && !replica.retiring && samePlace(replica, span));
  if (ready.length >= endpoint.replicaCount) {
    return { readiness: 'warm' };
  }
  const facts = releases.facts(span.release);
  if (facts === undefined) {
    return { readiness: 'unavailable', reason: `There is no release ${span.release}.` };
  }
  return existsSync(releases.folder(span.release))
    ? { readiness: 'cold' }
    : { readiness: 'unavailable', reason: `Its files were pruned. Deploy version ${facts.model.version} of ${facts.model.name} again.` };
}
