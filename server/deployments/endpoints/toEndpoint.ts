import type { Endpoint, EndpointRelease, EndpointSummary, LiveSpan, Replica } from '../../contract/deployments.ts';
import { chosenReplicas } from '../replicas/chosen.ts';
import type { Gateway, Releases } from '../replicas/ports.ts';
import type { ReplicaRecord, ReplicaTable } from '../replicas/replicaTable.ts';
import type { RolloutRecord, RolloutTable } from '../rollouts/rolloutTable.ts';
import { toRollout, toRolloutSummary } from '../rollouts/toRollout.ts';
import { describeTarget } from '../targets/targets.ts';
import { stateOf } from './endpointState.ts';
import type { EndpointRecord, EndpointSpan, EndpointTable, LiveSpanRecord } from './endpointTable.ts';
import { livePlacement } from './needed.ts';
import { recentLoss } from './recentLoss.ts';
import { isWarm, readinessOf } from './readiness.ts';
import { planShares, type Traffic } from './traffic.ts';
import { wayBack } from './wayBack.ts';

/** Where that stands which is said of an endpoint. */
export interface EndpointSources {
  readonly endpoints: Pick<EndpointTable, 'spans' | 'spansThatRun' | 'releaseCounts'>;
  readonly rollouts: Pick<RolloutTable, 'active' | 'latest' | 'allActive' | 'latestOfEach' | 'journal' | 'allowedOf'>;
  readonly replicaTable: Pick<ReplicaTable, 'list' | 'all'>;
  readonly releases: Pick<Releases, 'facts' | 'folder'>;
  readonly gateway: Pick<Gateway, 'url' | 'losses' | 'modelErrors'>;
  readonly traffic: Pick<Traffic, 'reaches' | 'besideShares' | 'failure'>;
}

/** What the tables say of an endpoint now. */
interface Current {
  readonly active: RolloutRecord | undefined;
  /** The rollout that goes on, else the last one. */
  readonly rollout: RolloutRecord | undefined;
  /** Those that have not been stopped. */
  readonly replicas: readonly ReplicaRecord[];
  readonly releaseCount: number;
  /** The newest first: at least those of the releases of which replicas are ready. */
  readonly spans: readonly LiveSpanRecord[];
}

/** Endpoints as a list shows them. Each table is read once, whatever the number of endpoints and of the releases that they have had. */
export function toEndpointSummaries(endpoints: readonly EndpointRecord[], sources: EndpointSources): EndpointSummary[] {
  const { rollouts, replicaTable } = sources;
  const active = new Map(rollouts.allActive().map((rollout) => [rollout.endpoint, rollout]));
  const latest = new Map(rollouts.latestOfEach().map((rollout) => [rollout.endpoint, rollout]));
  const running = runningOf(replicaTable.all());
  const spans = sources.endpoints.spansThatRun();
  const counts = sources.endpoints.releaseCounts();
  return endpoints.map((endpoint) => {
    const { name } = endpoint;
    const rollout = active.get(name) ?? latest.get(name);
    const own = ({ endpoint: of }: { readonly endpoint: string }): boolean => of === name;
    const current = { active: active.get(name), rollout, replicas: running.filter(own), releaseCount: counts.get(name) ?? 0, spans: spans.filter(own) };
    return { ...summaryOf(endpoint, current, sources), ...(rollout === undefined ? {} : { rollout: toRolloutSummary(rollout) }) };
  });
}

/** An endpoint with its history and the journal of its rollout. */
export function toEndpoint(endpoint: EndpointRecord, sources: EndpointSources): Endpoint {
  const { rollouts, replicaTable } = sources;
  const { name } = endpoint;
  const active = rollouts.active(name);
  const rollout = active ?? rollouts.latest(name);
  const replicas = runningOf(replicaTable.list(name));
  const spans = sources.endpoints.spans(name);
  const history = historyOf(endpoint, spans, replicas, sources);
  const back = wayBack(spans);
  return {
    ...summaryOf(endpoint, { active, rollout, replicas, releaseCount: history.length, spans }, sources),
    history,
    ...(back === undefined ? {} : { rollbackTo: back.release }),
    ...(rollout === undefined ? {} : { rollout: toRollout(rollout, rollouts) }),
  };
}

/** The MLflow server that a release's model came from; undefined for the companion's own registry, and for a release that is gone. */
export function serverOf(digest: string, releases: Pick<Releases, 'facts'>): string | undefined {
  return releases.facts(digest)?.server;
}

function runningOf(replicas: readonly ReplicaRecord[]): ReplicaRecord[] {
  return replicas.filter(({ state }) => state !== 'stopped');
}

function summaryOf(endpoint: EndpointRecord, { active, rollout, replicas, releaseCount, spans }: Current, sources: EndpointSources): Omit<EndpointSummary, 'rollout'> {
  const live = livePlacement(endpoint);
  const liveServer = endpoint.live === undefined ? undefined : serverOf(endpoint.live.release, sources.releases);
  const shares = endpoint.desired === 'running' ? planShares(endpoint, active) : [];
  const { byHeader, shadow } = sources.traffic.besideShares(endpoint.name);
  const logLoss = recentLoss(endpoint.name, sources.gateway);
  const modelErrors = endpoint.live === undefined ? undefined : sources.gateway.modelErrors(endpoint.name, endpoint.live.release);
  return {
    name: endpoint.name,
    model: endpoint.model,
    target: endpoint.target,
    targetLabel: describeTarget(endpoint.target).label,
    replicaCount: endpoint.replicaCount,
    url: sources.gateway.url(endpoint.name),
    ...stateOf(endpoint, rollout, { live: live === undefined ? [] : chosenReplicas(replicas, live), logLoss, modelErrors }, sources),
    ...(logLoss === undefined ? {} : { logLoss }),
    createdAt: endpoint.createdAt,
    ...(endpoint.live === undefined ? {} : { liveRelease: endpoint.live.release, liveVersion: endpoint.live.version }),
    ...(liveServer === undefined ? {} : { liveServer }),
    route: { weights: shares.map(({ release, version, weight }) => ({ release, modelVersion: version, weight })), byHeader: [...byHeader], ...(shadow === undefined ? {} : { shadow }) },
    replicas: replicas.map(toReplica),
    releaseCount,
    warm: warmOf(endpoint, replicas, spans, sources),
  };
}

/** The past releases of an endpoint that are warm: only those of which replicas run can be. */
function warmOf(endpoint: EndpointRecord, replicas: readonly ReplicaRecord[], spans: readonly LiveSpanRecord[], { releases }: EndpointSources): EndpointSummary['warm'] {
  const running = [...new Set(replicas.map(({ release }) => release))].filter((release) => release !== endpoint.live?.release);
  return running.flatMap((release) => {
    const span = spans.find((one) => one.release === release);
    const server = serverOf(release, releases);
    return span !== undefined && isWarm(span, endpoint, replicas) ? [{ release, modelVersion: span.version, ...(server === undefined ? {} : { server }) }] : [];
  });
}

/** The releases that an endpoint has had, each with its last time as the live one. */
function historyOf(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], replicas: readonly ReplicaRecord[], { releases, rollouts }: Pick<EndpointSources, 'releases' | 'rollouts'>): EndpointRelease[] {
  const allowed = rollouts.allowedOf(endpoint.name);
  const seen = new Set<string>();
  return spans.flatMap((span) => {
    if (seen.has(span.release)) {
      return [];
    }
    seen.add(span.release);
    const isolation = replicas.find(({ release, isolation: known }) => release === span.release && known !== undefined)?.isolation;
    return [
      {
        ...releaseOfSpan(span, releases),
        ...allowedTo(span.release, allowed),
        ...readinessOf(span, endpoint, replicas, releases),
        ...(isolation === undefined ? {} : { isolation }),
      },
    ];
  });
}

/** What deploys of a release allowed it, and who asked for them. */
function allowedTo(release: string, allowed: ReturnType<RolloutTable['allowedOf']>): Pick<EndpointRelease, 'allowed'> {
  const own = allowed.filter((each) => each.release === release);
  // The serving config is a part of the release: all of them have the same.
  const [first] = own;
  return first === undefined
    ? {}
    : { allowed: { imports: first.serving.allowedImports ?? [], builds: first.serving.allowedBuilds ?? [], by: [...new Set(own.map(({ by }) => by))] } };
}

/** A time in which a release was live, as clients see it. */
export function toLiveSpan(span: EndpointSpan, releases: Pick<Releases, 'facts'>): LiveSpan {
  return { endpoint: span.endpoint, ...releaseOfSpan(span, releases) };
}

export function releaseOfSpan(span: LiveSpanRecord, releases: Pick<Releases, 'facts'>): Omit<LiveSpan, 'endpoint'> {
  const server = serverOf(span.release, releases);
  return {
    release: span.release,
    modelVersion: span.version,
    ...(server === undefined ? {} : { server }),
    liveFrom: span.from,
    ...(span.until === undefined ? {} : { liveUntil: span.until }),
  };
}

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
    ...(record.isolation === undefined ? {} : { isolation: record.isolation }),
  };
}
