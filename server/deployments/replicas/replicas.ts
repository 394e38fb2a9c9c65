import { randomBytes } from 'node:crypto';
import { until } from '../../platform/time/poll.ts';
import { Problem } from '../../platform/errors.ts';
import type { Placement } from '../endpoints/endpointTable.ts';
import { chosenReplicas } from './chosen.ts';
import { waitUntilReady } from './waitUntilReady.ts';
import type { Gateway, Progress, Releases } from './ports.ts';
import type { ReleaseSecrets } from './releaseSecrets.ts';
import type { ReplicaKeys } from './replicaKeys.ts';
import type { ReplicaRecord, ReplicaTable } from './replicaTable.ts';
import type { Observation } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import type { Timing } from '../../platform/timing.ts';

export interface ReplicaDependencies {
  readonly table: ReplicaTable;
  readonly keys: ReplicaKeys;
  readonly targets: Targets;
  readonly releases: Releases;
  readonly secrets: Pick<ReleaseSecrets, 'of'>;
  readonly gateway: Gateway;
  readonly timing: Timing;
  /** Called after each change of a replica. */
  readonly changed: (endpoint: string) => void;
}

/** The life of one replica: launch, ready, watch, retire. Each step can be repeated after a crash. */
export interface Replicas {
  /** The replicas of a placement that run or are to run: at most as many as it has. */
  chosen(endpoint: string, placement: Placement): ReplicaRecord[];
  /** As {@link chosen}, and those that are missing, which are to be started: as many as the placement has. */
  ensure(endpoint: string, placement: Placement): ReplicaRecord[];
  /** Whether it runs; the handle of one that an earlier companion started without writing it down is written down. */
  observe(id: string): Promise<Observation>;
  /** Builds the environment if needed and starts the replica at new addresses, unless it runs. */
  launch(id: string, progress: Progress, signal: AbortSignal): Promise<void>;
  /**
   * Waits until the model is loaded.
   * @throws Problem `unavailable` with the replica's last lines when it ends or takes too long
   */
  becomeReady(id: string, signal: AbortSignal): Promise<void>;
  /** Waits for requests in flight, then stops it, unless it has become needed again meanwhile. */
  retire(id: string, needed: () => boolean): Promise<void>;
  fail(id: string, message: string, retryAt?: number): void;
}

const stoppedKept = 3;

/** Requests that the gateway has under way to any of these addresses. */
export async function requestsInFlight(gateway: Pick<Gateway, 'inFlight'>, addresses: readonly string[]): Promise<number> {
  const counts = await Promise.all(addresses.map((address) => gateway.inFlight(address)));
  return counts.reduce((sum, count) => sum + count, 0);
}

export function createReplicas(dependencies: ReplicaDependencies): Replicas {
  const { table, keys, targets, releases, secrets, gateway, timing, changed } = dependencies;

  const required = (id: string): ReplicaRecord => {
    const replica = table.get(id);
    if (replica === undefined) {
      throw new Problem('conflict', 'The replica was removed.');
    }
    return replica;
  };

  const change = (replica: ReplicaRecord, values: Parameters<ReplicaTable['change']>[1]): void => {
    table.change(replica.id, values);
    changed(replica.endpoint);
  };

  const chosen = (endpoint: string, placement: Placement): ReplicaRecord[] => chosenReplicas(table.list(endpoint), placement);

  const observe = async (id: string): Promise<Observation> => {
    const replica = required(id);
    const seen = await targets.of(replica.target).observe(replica);
    if (seen.running && replica.handle === undefined) {
      table.change(id, { handle: seen.started.handle, identity: seen.started.identity ?? null, addresses: seen.started.addresses });
    }
    return seen;
  };

  /** Keeps the last few stopped replicas, because their logs tell why. */
  const prune = async (endpoint: string): Promise<void> => {
    const old = table.list(endpoint).filter((replica) => replica.state === 'stopped').slice(0, -stoppedKept);
    for (const replica of old) {
      await targets.of(replica.target).forget(replica);
      keys.forget(replica.id);
      table.remove(replica.id);
    }
  };

  const launching = new Map<string, Promise<void>>();
  const launch = async (id: string, progress: Progress, signal: AbortSignal): Promise<void> => {
    if ((await observe(id)).running) {
      return;
    }
    const replica = required(id);
    const target = targets.of(replica.target);
    const release = releases.get(replica.release);
    const environment = await target.prepare(release, progress, signal);
    const isolation = await target.isolationOf(release);
    const given = secrets.of(release.serving);
    signal.throwIfAborted();
    change(replica, { isolation, state: 'starting', addresses: [], handle: null, identity: null, startedAt: Date.now(), readyAt: null, retryAt: null, message: null });
    const started = await target.start({ id, endpoint: replica.endpoint, release, folder: releases.folder(release.digest), environment, secrets: given, key: keys.make(id) });
    change(replica, { handle: started.handle, identity: started.identity ?? null, addresses: started.addresses });
  };

  return {
    chosen,
    ensure(endpoint, placement) {
      const existing = chosen(endpoint, placement);
      const missing = Array.from({ length: placement.replicaCount - existing.length }, () => randomBytes(5).toString('hex'));
      for (const id of missing) {
        table.create({ id, endpoint, release: placement.release, target: placement.target, startedAt: Date.now() });
        changed(endpoint);
      }
      return [...existing, ...missing.map(required)];
    },
    observe,
    async launch(id, progress, signal) {
      // The watch and a rollout may want the same replica; the second finds it running.
      while (launching.has(id)) {
        await launching.get(id)?.catch(() => undefined);
      }
      const launched = launch(id, progress, signal);
      launching.set(id, launched);
      try {
        await launched;
      } finally {
        launching.delete(id);
      }
    },
    async becomeReady(id, signal) {
      const { memoryMegabytes } = releases.get(required(id).release).serving;
      const replica = await waitUntilReady({ replica: () => required(id), key: () => keys.of(id), observe: () => observe(id), targets, memoryMegabytes, milliseconds: timing.ready }, signal);
      // A rollout may find it running: its process has been ready since it was the first time.
      change(replica, { state: 'ready', readyAt: replica.readyAt ?? Date.now(), retryAt: null, message: null });
    },
    async retire(id, needed) {
      const replica = required(id);
      if (replica.readyAt !== undefined && !replica.retiring) {
        await until(timing.drain, async () => (await requestsInFlight(gateway, replica.addresses).catch(() => 0)) === 0, { every: 50 });
      }
      if (!replica.retiring && needed()) {
        return;
      }
      table.change(id, { retiring: true });
      await targets.of(replica.target).stop(replica);
      change(replica, { state: 'stopped', handle: null, identity: null, retryAt: null });
      await prune(replica.endpoint);
    },
    fail(id, message, retryAt) {
      const replica = table.get(id);
      if (replica !== undefined) {
        change(replica, { state: 'failed', message, retryAt: retryAt ?? null });
      }
    },
  };
}
