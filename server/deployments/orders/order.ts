import { randomUUID } from 'node:crypto';
import type { Caller } from '../../contract/caller.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Policy } from '../../governance/policy/modelPolicy.ts';
import type { Database } from '../../platform/database/database.ts';
import { formatDuration } from '../../contract/format/durations.ts';
import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import type { Outcomes } from '../rollouts/outcomes.ts';
import { labelOf } from '../rollouts/progression.ts';
import type { Reconciler } from '../rollouts/reconciler.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';

/** What every order works with: it writes what is wanted, and the reconciler does it. */
export interface OrderDependencies {
  readonly database: Database;
  readonly parts: RolloutParts;
  readonly outcomes: Outcomes;
  readonly reconciler: Reconciler;
  readonly audit: AuditLog;
  /** What a model needs. */
  readonly policyOf: (model: string) => Policy;
  readonly changed: (endpoint: string, rollout?: string) => void;
}

type Tables = Pick<RolloutParts, 'endpoints' | 'rollouts'>;

export function newRolloutId(): string {
  return randomUUID().slice(0, 13);
}

/** @throws Problem `not-found` that names the endpoints that there are */
export function requireEndpoint({ endpoints }: Pick<Tables, 'endpoints'>, name: string): EndpointRecord {
  const found = endpoints.get(name);
  if (found === undefined || found.desired === 'deleted') {
    const known = endpoints.all().flatMap((endpoint) => (endpoint.desired === 'deleted' ? [] : [endpoint.name]));
    throw new Problem('not-found', `There is no endpoint ${name}.`, {
      field: 'name',
      remedy: known.length === 0 ? 'Deploy a model version to create one.' : `Endpoints: ${known.join(', ')}.`,
    });
  }
  return found;
}

/**
 * The rollout of an endpoint that has not ended.
 * @throws Problem `not-found` for an endpoint that is not there, `conflict` when none is under way
 */
export function requireRollout(tables: Tables, name: string): RolloutRecord {
  requireEndpoint(tables, name);
  const active = tables.rollouts.active(name);
  if (active === undefined) {
    throw new Problem('conflict', `No rollout of ${name} is running.`);
  }
  return active;
}

/** @throws Problem `conflict` that says which rollout of the endpoint is under way */
export function requireNoRollout({ rollouts }: Pick<Tables, 'rollouts'>, name: string): void {
  const active = rollouts.active(name);
  if (active !== undefined) {
    throw new Problem('conflict', `A rollout of ${name} to version ${active.version} is ${active.state} at step ${labelOf(active.step)} (${active.id}, requested by ${active.requestedBy.user} ${formatDuration(Date.now() - active.startedAt)} ago).`, {
      remedy: `Wait for it, or cancel it with "slipway cancel ${name}" or the command Cancel Rollout.`,
    });
  }
}

/** Ends a rollout that has not switched yet. Call inside a transaction. */
export function cancelUnswitched(rollout: RolloutRecord, actor: Caller, why: string, { outcomes, reconciler }: Pick<OrderDependencies, 'outcomes' | 'reconciler'>): void {
  outcomes.cancel(rollout, actor, why);
  reconciler.interrupt(rollout.id);
}

/** Ends a rollout that has switched: what it brought is live. Call inside a transaction. */
export function settleSwitched(rollout: RolloutRecord, message: string, { outcomes, reconciler }: Pick<OrderDependencies, 'outcomes' | 'reconciler'>): void {
  outcomes.write(rollout.id, rollout.step, { kind: 'settled', message });
  reconciler.interrupt(rollout.id);
}
