import { unitHash } from '../platform/hash.ts';
import type { EndpointRoute, ReleaseRoute, ReplicaRoute } from './routeFile.ts';

export interface Choice {
  readonly release: ReleaseRoute;
  readonly replica: ReplicaRoute;
}

export interface ChoiceInput {
  readonly endpoint: string;
  readonly route: EndpointRoute;
  /** Requests with the same key go to the same release; undefined: by chance. */
  readonly key: string | undefined;
  /** The release that the request asks for, one of the route's; no other answers it. */
  readonly named?: ReleaseRoute | undefined;
  /** Addresses that have failed this request. */
  readonly failed: ReadonlySet<string>;
  readonly isUp: (address: string) => boolean;
  readonly inFlight: (address: string) => number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/**
 * The release and replica for one request: the release that it names, else one by weight; among its replicas the one with the fewest requests in flight.
 * Replicas that failed this request are left out; those that refuse connections are taken only when there is no other.
 */
export function choose(input: ChoiceInput): Choice | undefined {
  const random = input.random ?? Math.random;
  return pick(input, random, input.isUp) ?? pick(input, random, () => true);
}

function pick(input: ChoiceInput, random: () => number, acceptable: (address: string) => boolean): Choice | undefined {
  const usable = (replica: ReplicaRoute): boolean => !input.failed.has(replica.address) && acceptable(replica.address);
  const release = input.named ?? drawRelease(input, random, usable);
  if (release === undefined) {
    return undefined;
  }
  const replica = leastInFlight(release.replicas.filter(usable), input.inFlight, random);
  return replica === undefined ? undefined : { release, replica };
}

function drawRelease({ route: { releases }, endpoint, key }: ChoiceInput, random: () => number, usable: (replica: ReplicaRoute) => boolean): ReleaseRoute | undefined {
  const total = releases.reduce((sum, { weight }) => sum + weight, 0);
  const point = key === undefined ? random() : unitHash(`${endpoint}/${key}`);
  const drawn = releaseAt(releases, point * total);
  return hasUsable(drawn, usable) ? drawn : firstUsable(releases, usable);
}

function releaseAt(releases: readonly ReleaseRoute[], position: number): ReleaseRoute | undefined {
  let reached = 0;
  for (const release of releases) {
    reached += release.weight;
    if (position < reached) {
      return release;
    }
  }
  return undefined;
}

function hasUsable(release: ReleaseRoute | undefined, usable: (replica: ReplicaRoute) => boolean): release is ReleaseRoute {
  return release?.replicas.some(usable) === true;
}

/** The heaviest other release: one without weight must not get traffic because another failed. */
function firstUsable(releases: readonly ReleaseRoute[], usable: (replica: ReplicaRoute) => boolean): ReleaseRoute | undefined {
  return releases
    .filter((release) => release.weight > 0 && hasUsable(release, usable))
    .reduce<ReleaseRoute | undefined>((best, release) => (best === undefined || release.weight > best.weight ? release : best), undefined);
}

function leastInFlight(replicas: readonly ReplicaRoute[], inFlight: (address: string) => number, random: () => number): ReplicaRoute | undefined {
  if (replicas.length <= 1) {
    return replicas[0];
  }
  const lowest = Math.min(...replicas.map(({ address }) => inFlight(address)));
  const idlest = replicas.filter(({ address }) => inFlight(address) === lowest);
  return idlest[Math.floor(random() * idlest.length)];
}
