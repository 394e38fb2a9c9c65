import { toProblem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { askAllReady } from './modelServer.ts';
import type { Replicas } from './replicas.ts';
import type { ReplicaKeys } from './replicaKeys.ts';
import type { ReplicaRecord, ReplicaTable } from './replicaTable.ts';
import type { Observation } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import type { Timing } from '../../platform/timing.ts';

export interface WatchDependencies {
  readonly table: ReplicaTable;
  readonly keys: Pick<ReplicaKeys, 'of'>;
  readonly replicas: Replicas;
  readonly targets: Targets;
  readonly timing: Timing;
  readonly log: Log;
  readonly changed: (endpoint: string) => void;
}

/** Keeps a replica that should run running. */
export interface Watch {
  /** Takes the one step that the replica's state asks for. */
  keep(id: string, signal: AbortSignal): Promise<void>;
}

/** The pause before a replica that failed is started for the nth time again. */
export function backoffMilliseconds(restarts: number, [first, longest]: Timing['backoff']): number {
  return Math.min(longest, first * 2 ** Math.min(restarts, 30));
}

/** A replica that has served for a while has recovered: it is started again at once, and what comes after counts from the beginning. */
export function pauseAfterFailure({ readyAt, restarts }: Pick<ReplicaRecord, 'readyAt' | 'restarts'>, now: number, { recovered, backoff }: Pick<Timing, 'recovered' | 'backoff'>): { readonly milliseconds: number; readonly recovered: boolean } {
  return readyAt !== undefined && now - readyAt > recovered ? { milliseconds: 0, recovered: true } : { milliseconds: backoffMilliseconds(restarts, backoff), recovered: false };
}

export function createWatch(dependencies: WatchDependencies): Watch {
  const { table, keys, replicas, targets, timing, log, changed } = dependencies;
  const unansweredSince = new Map<string, number>();

  const failed = (replica: ReplicaRecord, message: string): void => {
    const { milliseconds: pause, recovered } = pauseAfterFailure(replica, Date.now(), timing);
    log.warn(`replica ${replica.id} of ${replica.endpoint}: ${message}; started again in ${pause} ms`);
    if (recovered) {
      table.change(replica.id, { restarts: 0 });
    }
    replicas.fail(replica.id, message, Date.now() + pause);
  };

  const bringUp = async (replica: ReplicaRecord, signal: AbortSignal): Promise<void> => {
    try {
      await replicas.launch(replica.id, () => undefined, signal);
      await replicas.becomeReady(replica.id, signal);
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      const now = table.get(replica.id);
      if (now !== undefined) {
        await targets.of(now.target).stop(now).catch((failure: unknown) => log.error(`stopping replica ${now.id}`, failure));
        failed(now, toProblem(error).message);
      }
    }
  };

  const check = async (replica: ReplicaRecord, signal: AbortSignal): Promise<void> => {
    let seen: Observation;
    try {
      seen = await replicas.observe(replica.id);
    } catch (error) {
      // The engine does not answer; its containers may serve all the same.
      table.change(replica.id, { state: 'unhealthy', message: toProblem(error).message });
      if (replica.state !== 'unhealthy') {
        changed(replica.endpoint);
      }
      return;
    }
    if (!seen.running) {
      unansweredSince.delete(replica.id);
      failed(replica, `It crashed: ${seen.detail}.`);
      return;
    }
    const answer = await askAllReady(replica, keys.of(replica.id), signal);
    signal.throwIfAborted();
    if (answer.ready) {
      unansweredSince.delete(replica.id);
      if (replica.state === 'unhealthy') {
        table.change(replica.id, { state: 'ready', message: null });
        changed(replica.endpoint);
      }
      return;
    }
    const since = unansweredSince.get(replica.id) ?? Date.now();
    unansweredSince.set(replica.id, since);
    if (Date.now() - since > timing.unresponsive) {
      unansweredSince.delete(replica.id);
      await targets.of(replica.target).stop(replica);
      failed(replica, `It did not answer for ${timing.unresponsive / 1000} s: ${answer.detail}.`);
    } else if (replica.state === 'ready') {
      table.change(replica.id, { state: 'unhealthy', message: answer.detail });
      changed(replica.endpoint);
    }
  };

  return {
    async keep(id, signal) {
      const replica = table.get(id);
      switch (replica?.state) {
        case 'starting':
          await bringUp(replica, signal);
          return;
        case 'failed':
          if (replica.retryAt === undefined || replica.retryAt <= Date.now()) {
            table.change(id, { restarts: replica.restarts + 1 });
            await bringUp(replica, signal);
          }
          return;
        case 'ready':
        case 'unhealthy':
          await check(replica, signal);
          return;
        default:
      }
    },
  };
}
