import type { Caller } from '../../contract/caller.ts';
import { plural } from '../../contract/format/plural.ts';
import { Problem } from '../../platform/errors.ts';
import { until } from '../../platform/time/poll.ts';
import { hasSwitched } from '../rollouts/progression.ts';
import { cancelUnswitched, requireEndpoint, requireNoRollout, settleSwitched, type OrderDependencies } from './order.ts';

/** What can be asked of an endpoint without a rollout. */
export interface EndpointChanges {
  /** Runs another number of replicas of what is live. */
  scale(name: string, replicaCount: number, actor: Caller): Promise<void>;
  stop(name: string, actor: Caller): Promise<void>;
  start(name: string, actor: Caller): Promise<void>;
  /**
   * @param evenIfBusy whoever asks knows that it is in use
   * @throws Problem `conflict` that says how many requests it had in the last minute
   */
  remove(name: string, actor: Caller, evenIfBusy: boolean): Promise<void>;
}

/** An endpoint that had a request within so long is in use. */
const busyMilliseconds = 60_000;

/** Draining and ending a replica takes less; what takes longer is stuck. */
const stopMilliseconds = 60_000;

export function createEndpointChanges(dependencies: OrderDependencies): EndpointChanges {
  const { database, parts, reconciler, audit, changed } = dependencies;
  const { endpoints, rollouts, replicaTable, traffic } = parts;

  const setDesired = async (name: string, desired: 'stopped' | 'deleted', actor: Caller, action: string): Promise<void> => {
    await reconciler.exclusively(name, async () => {
      requireEndpoint(parts, name);
      database.transaction(() => {
        const active = rollouts.active(name);
        if (active !== undefined && !hasSwitched(active)) {
          cancelUnswitched(active, actor, `Cancelled: the endpoint was ${desired}`, dependencies);
        } else if (active !== undefined) {
          settleSwitched(active, `Version ${active.version} is live`, dependencies);
        }
        endpoints.setDesired(name, desired);
        audit.append({ actor, action, subject: name });
      })();
      await traffic.publish();
    });
    changed(name);
  };

  const requireQuiet = async (name: string): Promise<void> => {
    requireEndpoint(parts, name);
    const requests = await parts.requestLog.count({ endpoint: name, since: Date.now() - busyMilliseconds });
    if (requests > 0) {
      throw new Problem('conflict', `${name} is in use: it had ${plural(requests, 'request')} in the last minute.`, {
        field: 'evenIfBusy',
        remedy: 'If its callers know, delete it with --even-if-busy; else wait until they have left it.',
      });
    }
  };

  const waitUntil = async (name: string, reached: () => boolean): Promise<void> => {
    if (!(await until(stopMilliseconds, reached, { every: 10 }))) {
      throw new Problem('unavailable', `The replicas of ${name} have not stopped yet; it is tried again until they have.`, {
        remedy: 'Look at the companion\'s log for the reason.',
      });
    }
  };

  return {
    async scale(name, replicaCount, actor) {
      await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const endpoint = requireEndpoint(parts, name);
          if (endpoint.live === undefined) {
            throw new Problem('conflict', `${name} has no release to run replicas of.`, { remedy: 'Deploy a model version.' });
          }
          requireNoRollout(parts, name);
          if (endpoint.replicaCount !== replicaCount) {
            endpoints.setReplicaCount(name, replicaCount);
            audit.append({ actor, action: 'endpoint.scaled', subject: name, detail: { from: endpoint.replicaCount, to: replicaCount } });
          }
        })(),
      );
      changed(name);
    },
    async stop(name, actor) {
      await setDesired(name, 'stopped', actor, 'endpoint.stopped');
      await waitUntil(name, () => replicaTable.list(name).every(({ state }) => state === 'stopped'));
    },
    async start(name, actor) {
      await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const endpoint = requireEndpoint(parts, name);
          if (endpoint.live === undefined) {
            throw new Problem('conflict', `${name} has no release to start.`, { remedy: 'Deploy a model version.' });
          }
          if (endpoint.desired !== 'running') {
            endpoints.setDesired(name, 'running');
            audit.append({ actor, action: 'endpoint.started', subject: name });
          }
        })(),
      );
      changed(name);
    },
    async remove(name, actor, evenIfBusy) {
      if (!evenIfBusy) {
        await requireQuiet(name);
      }
      await setDesired(name, 'deleted', actor, 'endpoint.deleted');
      await waitUntil(name, () => endpoints.get(name) === undefined);
    },
  };
}
