import { isDeepStrictEqual } from 'node:util';
import { shadowStep } from '../../contract/shadow.ts';
import { toProblem } from '../../platform/errors.ts';
import type { EndpointRoute, ReleaseRoute, Routes } from '../../gateway/routeFile.ts';
import type { EndpointRecord, EndpointTable, LiveSpanRecord, Placement } from './endpointTable.ts';
import type { Gateway, Releases } from '../replicas/ports.ts';
import { chosenReplicas, samePlace } from '../replicas/chosen.ts';
import type { ReplicaKeys } from '../replicas/replicaKeys.ts';
import type { ReplicaRecord, ReplicaTable } from '../replicas/replicaTable.ts';
import type { RolloutRecord, RolloutTable } from '../rollouts/rolloutTable.ts';
import { neededOf } from './needed.ts';

export interface Share extends Placement {
  readonly version: number;
  /** Percent of the endpoint's traffic. */
  readonly weight: number;
}

/** How an endpoint's traffic is to be shared: all to the live release, or a part to the one that a rollout brings. */
export function planShares(endpoint: EndpointRecord, rollout: RolloutRecord | undefined): Share[] {
  const { live } = endpoint;
  if (live === undefined) {
    return [];
  }
  const liveShare = { release: live.release, target: endpoint.target, replicaCount: endpoint.replicaCount, version: live.version };
  const canary =
    rollout?.to !== undefined && rollout.weight > 0 && rollout.to !== live.release
      ? { release: rollout.to, target: rollout.target, replicaCount: rollout.replicaCount, version: rollout.version, weight: rollout.weight }
      : undefined;
  return canary === undefined ? [{ ...liveShare, weight: 100 }] : [{ ...liveShare, weight: 100 - canary.weight }, canary];
}

/**
 * What runs beside the traffic and answers requests that name it: what a rollback goes to, and what a rollout brings before it has a share.
 * @param spans the endpoint's history, the newest first
 */
export function planNamed(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], rollout: RolloutRecord | undefined): Share[] {
  const { live, warm, coming } = neededOf(endpoint, spans, rollout);
  const before = warm === undefined ? undefined : spans.find((span) => samePlace(span, warm));
  const beside = [
    ...(coming === undefined || rollout === undefined || rollout.weight > 0 ? [] : [{ ...coming, version: rollout.version, weight: 0 }]),
    ...(warm === undefined || before === undefined ? [] : [{ ...warm, version: before.version, weight: 0 }]),
  ];
  const taken = [live, ...(rollout !== undefined && rollout.weight > 0 ? [coming] : [])].map((placement) => placement?.release);
  return beside.filter(({ release }, index) => !taken.includes(release) && beside.findIndex((other) => other.release === release) === index);
}

/** Replicas of a share that can be sent requests. */
function reachableReplicas(share: Share, replicas: readonly ReplicaRecord[], keys: Pick<ReplicaKeys, 'of'>): ReleaseRoute['replicas'] {
  return chosenReplicas(replicas, share).flatMap(({ id, state, addresses }) => {
    const key = keys.of(id);
    return state === 'ready' || state === 'unhealthy' ? addresses.map((address) => ({ id, address, ...(key === undefined ? {} : { key }) })) : [];
  });
}

export interface TrafficDependencies {
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicas: ReplicaTable;
  readonly keys: Pick<ReplicaKeys, 'of'>;
  readonly releases: Releases;
  readonly gateway: Gateway;
}

interface RoutedRelease {
  readonly release: string;
  readonly modelVersion: number;
}

export interface BesideShares {
  readonly byHeader: readonly RoutedRelease[];
  readonly shadow: (RoutedRelease & { readonly percent: number }) | undefined;
}

/** Brings the gateway's routes in line with the tables. */
export interface Traffic {
  /**
   * Resolves when what the tables say at the time of the call is in force; at once where nothing has changed since the last time. Calls
   * that come together share one change.
   * @throws Problem when the gateway cannot be started
   */
  publish(): Promise<void>;
  /** Whether the gateway has been told to send requests to this `host:port`. */
  reaches(address: string): boolean;
  /** What the gateway sends to releases without a share: what names them, and copies of requests to one of them. */
  besideShares(endpoint: string): BesideShares;
  /** Why the routes that were published last are not in force. */
  failure(): string | undefined;
}

export function createTraffic(dependencies: TrafficDependencies): Traffic {
  const { endpoints, rollouts, replicas, keys, releases, gateway } = dependencies;

  const routeOf = (endpoint: EndpointRecord): EndpointRoute => {
    const running = replicas.list(endpoint.name);
    const rollout = rollouts.active(endpoint.name);
    const shares = endpoint.desired === 'running' ? planShares(endpoint, rollout) : [];
    const routed = (share: Share): ReleaseRoute => ({ release: share.release, version: share.version, weight: share.weight, replicas: reachableReplicas(share, running, keys) });
    const named = planNamed(endpoint, endpoints.spans(endpoint.name), rollout).map(routed).filter((release) => release.replicas.length > 0);
    const sticky = shares.length > 1 && rollout !== undefined && 'sticky' in rollout.strategy ? rollout.strategy.sticky : undefined;
    const all = [...shares.map(routed), ...named];
    const shadow = rollout?.step === shadowStep ? shadowOf(rollout, named) : undefined;
    return {
      releases: all,
      timeoutSeconds: Math.max(1, ...all.map(({ release }) => timeoutOf(releases, release))),
      ...(sticky === undefined ? {} : { sticky }),
      ...(shadow === undefined ? {} : { shadow }),
    };
  };

  let inForce: Routes | undefined;
  let reached: ReadonlySet<string> = new Set();
  let failure: string | undefined;
  const apply = async (): Promise<void> => {
    const wanted = endpoints.all().filter((endpoint) => endpoint.desired !== 'deleted');
    const routes: Routes = Object.fromEntries(wanted.map((endpoint) => [endpoint.name, routeOf(endpoint)]));
    if (isDeepStrictEqual(routes, inForce)) {
      return;
    }
    inForce = undefined;
    try {
      await gateway.apply(routes);
      failure = undefined;
    } catch (error) {
      failure = toProblem(error).message;
      throw error;
    }
    inForce = routes;
    reached = new Set(Object.values(routes).flatMap((route) => route.releases.flatMap((release) => release.replicas.map(({ address }) => address))));
  };

  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    const started = apply().finally(() => {
      if (current === started) {
        current = undefined;
      }
    });
    current = started;
    return started;
  };
  return {
    reaches: (address) => reached.has(address),
    besideShares(endpoint) {
      const { releases: routed = [], shadow } = inForce?.[endpoint] ?? {};
      const byHeader = routed.flatMap(({ release, version, weight }) => (weight === 0 ? [{ release, modelVersion: version }] : []));
      const copied = byHeader.find(({ release }) => release === shadow?.release);
      return { byHeader, shadow: shadow === undefined || copied === undefined ? undefined : { ...copied, percent: shadow.percent } };
    },
    failure: () => failure,
    publish() {
      if (current === undefined) {
        return begin();
      }
      // A change that began before this call may not hold what this call is about.
      next ??= current
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return begin();
        });
      return next;
    },
  };
}

/** What a rollout at its shadow has copied to the release that it brings. @param named the releases beside the traffic that can be sent requests */
function shadowOf({ to, strategy }: RolloutRecord, named: readonly ReleaseRoute[]): EndpointRoute['shadow'] {
  return to === undefined || strategy.shadow === undefined || !named.some(({ release }) => release === to) ? undefined : { release: to, percent: strategy.shadow.percent };
}

/** A release whose files are gone still has its route; its replica may run. */
function timeoutOf(releases: Pick<Releases, 'facts'>, release: string): number {
  return releases.facts(release)?.requestTimeoutSeconds ?? 60;
}
