import type { Caller } from '../../contract/caller.ts';
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
  remove(name: string, actor: Caller): Promise<void>;
}

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
    async remove(name, actor) {
      await setDesired(name, 'deleted', actor, 'endpoint.deleted');
      await waitUntil(name, () => endpoints.get(name) === undefined);
    },
  };
}
