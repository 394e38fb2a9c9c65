import { until } from '../../platform/time/poll.ts';
import type { Caller } from '../../contract/caller.ts';
import { randomUUID } from 'node:crypto';
import type { Strategy } from '../../contract/deployments.ts';
import type { ServingConfig } from '../../contract/releases.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import type { Outcomes } from '../rollouts/outcomes.ts';
import type { Reconciler } from '../rollouts/reconciler.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { requireTarget } from '../targets/targets.ts';
import { firstStep, hasSwitched, isPromotable, labelOf } from '../rollouts/progression.ts';

export interface DeployRequest {
  readonly name: string;
  readonly model: string;
  readonly version: number | string;
  readonly target: string | undefined;
  readonly replicaCount: number | undefined;
  readonly strategy: Strategy;
  readonly serving: ServingConfig;
  readonly requestedBy: Caller;
}

export interface OrderDependencies {
  readonly database: Database;
  readonly parts: RolloutParts;
  readonly outcomes: Outcomes;
  readonly reconciler: Reconciler;
  readonly audit: AuditLog;
  readonly changed: (endpoint: string, rollout?: string) => void;
}

/** What an operator can ask of an endpoint, rolling back apart. Each call writes what is wanted; the reconciler does it. */
export interface Orders {
  /** @throws Problem `not-found` */
  endpoint(name: string): EndpointRecord;
  deploy(request: DeployRequest): Promise<RolloutRecord>;
  promote(name: string, actor: Caller): Promise<RolloutRecord>;
  cancel(name: string, actor: Caller): Promise<RolloutRecord>;
  /** Runs another number of replicas of what is live. */
  scale(name: string, replicaCount: number, actor: Caller): Promise<void>;
  stop(name: string, actor: Caller): Promise<void>;
  start(name: string, actor: Caller): Promise<void>;
  remove(name: string, actor: Caller): Promise<void>;
}

/** Draining and ending a replica takes less; what takes longer is stuck. */
const stopMilliseconds = 60_000;

function requireRising(strategy: Strategy): void {
  if (strategy.kind === 'canary' && strategy.steps.some((step, index) => step <= (strategy.steps[index - 1] ?? 0))) {
    throw new Problem('invalid-input', `The shares of a canary have to rise: ${strategy.steps.join(', ')}.`, { field: 'strategy.steps' });
  }
}

export function newRolloutId(): string {
  return randomUUID().slice(0, 13);
}

export function createOrders(dependencies: OrderDependencies): Orders {
  const { database, parts, outcomes, reconciler, audit, changed } = dependencies;
  const { endpoints, rollouts, registry, targets, traffic } = parts;

  const find = (name: string): EndpointRecord => {
    const found = endpoints.get(name);
    if (found === undefined || found.desired === 'deleted') {
      const known = endpoints.all().flatMap((endpoint) => (endpoint.desired === 'deleted' ? [] : [endpoint.name]));
      throw new Problem('not-found', `There is no endpoint ${name}.`, {
        field: 'name',
        remedy: known.length === 0 ? 'Deploy a model version to create one.' : `Endpoints: ${known.join(', ')}.`,
      });
    }
    return found;
  };

  const activeRollout = (name: string): RolloutRecord => {
    find(name);
    const active = rollouts.active(name);
    if (active === undefined) {
      throw new Problem('conflict', `No rollout of ${name} is running.`);
    }
    return active;
  };

  const requireNoRollout = (name: string): void => {
    const active = rollouts.active(name);
    if (active !== undefined) {
      throw new Problem('conflict', `A rollout of ${name} to version ${active.version} is ${active.state} at step ${labelOf(active.step)} (${active.id}, requested by ${active.requestedBy.user}).`, {
        remedy: `Wait for it, or cancel it with "slipway cancel ${name}" or the command Cancel Rollout.`,
      });
    }
  };

  /** Ends a rollout that has not switched yet. */
  const end = (rollout: RolloutRecord, actor: Caller, why: string): void => {
    outcomes.cancel(rollout, actor, why);
    reconciler.interrupt(rollout.id);
  };

  const setDesired = async (name: string, desired: 'stopped' | 'deleted', actor: Caller, action: string): Promise<void> => {
    await reconciler.exclusively(name, async () => {
      find(name);
      database.transaction(() => {
        const active = rollouts.active(name);
        if (active !== undefined && !hasSwitched(active)) {
          end(active, actor, `Cancelled: the endpoint was ${desired}`);
        } else if (active !== undefined) {
          outcomes.write(active.id, active.step, { kind: 'settled', message: `Version ${active.version} is live` });
          reconciler.interrupt(active.id);
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

  /** What a person let a model do that is refused otherwise. */
  const auditAllowances = ({ id, endpoint, model, version, requestedBy: actor, serving: { allowedBuilds } }: RolloutRecord): void => {
    if (allowedBuilds !== undefined) {
      audit.append({ actor, action: 'build.allowed', subject: endpoint, detail: { rollout: id, model, version, packages: allowedBuilds } });
    }
  };

  return {
    endpoint: find,
    async deploy(request) {
      requireRising(request.strategy);
      if (request.target !== undefined) {
        requireTarget(request.target);
      }
      const version = await registry.resolve(request.model, request.version);
      const target = request.target ?? endpoints.get(request.name)?.target ?? (await targets.byDefault()).kind;
      const rollout = await reconciler.exclusively(request.name, () =>
        database.transaction(() => {
          const existing = endpoints.get(request.name);
          const replicaCount = request.replicaCount ?? existing?.replicaCount ?? 1;
          if (existing === undefined) {
            endpoints.create({ name: request.name, model: request.model, target, replicaCount, createdAt: Date.now() });
          } else if (existing.desired === 'deleted') {
            throw new Problem('conflict', `The endpoint ${request.name} is being deleted.`, { remedy: 'Try again in a moment.' });
          } else if (existing.model !== request.model) {
            throw new Problem('conflict', `The endpoint ${request.name} serves the model ${existing.model}, not ${request.model}.`, {
              field: 'name',
              remedy: 'Deploy to another endpoint, or delete this one first.',
            });
          }
          requireNoRollout(request.name);
          endpoints.setDesired(request.name, 'running');
          const created = rollouts.create({
            id: newRolloutId(),
            endpoint: request.name,
            kind: 'deploy',
            model: version.name,
            version: version.version,
            server: version.server,
            target,
            replicaCount,
            serving: request.serving,
            strategy: request.strategy,
            from: existing?.live,
            to: undefined,
            requestedBy: request.requestedBy,
            reason: '',
            message: '',
            step: firstStep,
            startedAt: Date.now(),
          });
          outcomes.begin(created);
          audit.append({
            actor: request.requestedBy,
            action: 'deploy.requested',
            subject: request.name,
            detail: { rollout: created.id, model: created.model, version: created.version, ...(created.server === undefined ? {} : { server: created.server }), target, replicas: replicaCount, strategy: request.strategy.kind },
          });
          auditAllowances(created);
          return created;
        })(),
      );
      changed(request.name, rollout.id);
      return rollouts.get(rollout.id) ?? rollout;
    },
    async promote(name, actor) {
      const id = await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const active = activeRollout(name);
          if (!isPromotable(active)) {
            throw new Problem('conflict', `The rollout of ${name} is at step ${labelOf(active.step)}; there is nothing to promote yet.`);
          }
          rollouts.change(active.id, { promoted: true, needs: [] });
          rollouts.write(active.id, { step: active.step, event: 'progress', message: `Promoted by ${actor.user}` });
          audit.append({ actor, action: `${active.kind}.promoted`, subject: name, detail: { rollout: active.id, weight: active.weight } });
          return active.id;
        })(),
      );
      changed(name, id);
      return rollouts.get(id) ?? activeRollout(name);
    },
    async cancel(name, actor) {
      const id = await reconciler.exclusively(name, async () => {
        const active = activeRollout(name);
        if (hasSwitched(active)) {
          throw new Problem('conflict', `Version ${active.version} has taken over already.`, { remedy: 'Roll back instead.' });
        }
        database.transaction(() => end(active, actor, `Cancelled by ${actor.user}`))();
        await traffic.publish();
        return active.id;
      });
      changed(name, id);
      return rollouts.get(id) ?? activeRollout(name);
    },
    async scale(name, replicaCount, actor) {
      await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const endpoint = find(name);
          if (endpoint.live === undefined) {
            throw new Problem('conflict', `${name} has no release to run replicas of.`, { remedy: 'Deploy a model version.' });
          }
          requireNoRollout(name);
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
      await waitUntil(name, () => parts.replicaTable.list(name).every(({ state }) => state === 'stopped'));
    },
    async start(name, actor) {
      await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const endpoint = find(name);
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
