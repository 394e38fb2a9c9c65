import { setTimeout as pause } from 'node:timers/promises';
import { toProblem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { Watch } from '../replicas/watch.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import type { EndpointLoops } from './endpointLoops.ts';
import { neededReplicas, type Needed } from './needed.ts';

export interface UpkeepDependencies {
  readonly parts: Pick<RolloutParts, 'replicaTable' | 'replicas' | 'traffic' | 'timing'>;
  readonly loops: EndpointLoops;
  readonly watch: Watch;
  readonly log: Log;
  /** What should run for an endpoint now; nothing once it is gone. */
  readonly neededNow: (endpoint: string) => Needed;
}

/** Keeps the replicas of an endpoint to what should run, in the background, one task a replica. */
export interface Upkeep {
  /** Looks after the live release and the one that is kept warm. */
  keep(endpoint: string, needed: Needed): void;
  /** Stops what nobody needs any more. */
  retireUnneeded(endpoint: string): void;
}

const retireRetryMilliseconds = 5000;
const leastRetryMilliseconds = 10;

export function createUpkeep({ parts, loops, watch, log, neededNow }: UpkeepDependencies): Upkeep {
  const { replicaTable, replicas, traffic, timing } = parts;

  const watchReplica = async (id: string, signal: AbortSignal): Promise<void> => {
    const before = replicaTable.get(id)?.state;
    await watch.keep(id, signal);
    if (replicaTable.get(id)?.state !== before) {
      await traffic.publish();
    }
  };

  const isNeeded = (endpoint: string, id: string): boolean => neededReplicas(replicaTable.list(endpoint), neededNow(endpoint)).has(id);

  const retire = async (endpoint: string, id: string, signal: AbortSignal): Promise<void> => {
    try {
      // One of several replicas of a release that stays is still sent requests; a gateway that does not run sends none.
      await traffic.publish().catch((error: unknown) => log.warn(`before replica ${id} of ${endpoint} is stopped: ${toProblem(error).message}`));
      await replicas.retire(id, () => isNeeded(endpoint, id));
    } catch (error) {
      log.error(`stopping replica ${id} of ${endpoint}`, error);
      await pause(retireRetryMilliseconds, undefined, { signal });
    }
  };

  const keepReplica = ({ id, endpoint, state, retryAt }: ReplicaRecord, watchDue: boolean): void => {
    const urgent = state === 'starting' || (state === 'failed' && (retryAt ?? 0) <= Date.now());
    if (urgent || watchDue) {
      loops.taskOf(endpoint, id, (signal) => watchReplica(id, signal));
    }
    if (state === 'failed' && retryAt !== undefined) {
      loops.wakeIn(endpoint, Math.max(leastRetryMilliseconds, retryAt - Date.now()));
    }
  };

  return {
    keep(endpoint, { live, warm }) {
      const loop = loops.of(endpoint);
      const watchDue = loop.lastWatch + timing.watch <= Date.now();
      if (watchDue) {
        loop.lastWatch = Date.now();
      }
      for (const placement of [live, warm]) {
        const kept = placement === undefined ? [] : replicas.ensure(endpoint, placement);
        for (const replica of kept) {
          keepReplica(replica, watchDue);
        }
      }
    },
    retireUnneeded(endpoint) {
      const { replicas: tasks, rollout } = loops.of(endpoint);
      // A step that was interrupted may be about to start its replica; it is stopped once the step has let go.
      const lettingGo = rollout?.controller.signal.aborted === true;
      for (const replica of replicaTable.list(endpoint)) {
        const starting = replica.state === 'starting';
        if (replica.state === 'stopped' || (lettingGo && starting) || (!replica.retiring && isNeeded(endpoint, replica.id))) {
          continue;
        }
        // Nobody needs what is being started: it is stopped as soon as it has let go.
        if (starting) {
          tasks.get(replica.id)?.controller.abort();
        }
        loops.taskOf(endpoint, replica.id, (signal) => retire(endpoint, replica.id, signal));
      }
    },
  };
}
