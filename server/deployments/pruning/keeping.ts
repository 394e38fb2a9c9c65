import type { EndpointTable } from '../endpoints/endpointTable.ts';
import type { Releases } from '../replicas/ports.ts';
import type { ReplicaTable } from '../replicas/replicaTable.ts';
import type { RolloutTable } from '../rollouts/rolloutTable.ts';
import type { Found } from './found.ts';

export interface Kept {
  readonly releases: ReadonlySet<string>;
  readonly locks: ReadonlySet<string>;
}

/** What batches need. */
export interface BatchNeeds {
  /** One may yet choose any release and environment. */
  undecided(): boolean;
  neededReleases(): readonly string[];
  isReplica(id: string): boolean;
}

export interface KeepingDependencies {
  readonly batches: BatchNeeds;
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicas: ReplicaTable;
  readonly releases: Pick<Releases, 'list'>;
  /** Releases that an endpoint of a model keeps at least, by its policy. */
  readonly keptByPolicy: (model: string) => number;
}

/** What endpoints need, and therefore stays. */
export interface Keeping {
  /** The endpoint of a rollout that may yet choose any release and environment. */
  choosing(): string | undefined;
  /** What stays when each endpoint keeps so many of its releases. */
  keep(most: number): Kept;
  isKept(kept: Kept, found: Found): boolean;
}

export function createKeeping({ batches, endpoints, rollouts, replicas, releases, keptByPolicy }: KeepingDependencies): Keeping {
  return {
    choosing: () => {
      const undecided = endpoints.all().find(({ name }) => {
        const active = rollouts.active(name);
        return active !== undefined && active.to === undefined;
      });
      return undecided?.name;
    },
    keep: (most) => {
      const digests = new Set(replicas.all().flatMap(({ state, release }) => (state === 'stopped' ? [] : [release])));
      batches.neededReleases().forEach((digest) => digests.add(digest));
      for (const { name, live, model } of endpoints.all()) {
        const active = rollouts.active(name);
        const history = [...new Set(endpoints.spans(name).map(({ release }) => release))].slice(0, Math.max(most, keptByPolicy(model)));
        [live?.release, active?.to, active?.from?.release, ...history].forEach((digest) => {
          if (digest !== undefined) {
            digests.add(digest);
          }
        });
      }
      const locks = releases.list().flatMap(({ digest, environment }) => (digests.has(digest) ? [environment.sha256] : []));
      return { releases: digests, locks: new Set(locks) };
    },
    isKept: (kept, { item, place }) => {
      if ('image' in place) {
        return place.image.release === undefined ? kept.locks.has(place.image.lock) : kept.releases.has(place.image.release);
      }
      switch (item.kind) {
        case 'release':
          return kept.releases.has(item.name);
        case 'environment':
          return kept.locks.has(item.name);
        default:
          return replicas.get(item.name) !== undefined || batches.isReplica(item.name);
      }
    },
  };
}
