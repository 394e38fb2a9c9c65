import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../contract/caller.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EndpointTable } from '../endpoints/endpointTable.ts';
import type { Registry } from '../replicas/ports.ts';
import type { RolloutRecord, RolloutTable } from './rolloutTable.ts';
import type { Outcome } from './outcome.ts';
import { done, nextStep, stepOf } from './progression.ts';

/** The alias that names what production runs; it moves with the traffic. */
export const liveAlias = 'champion';

export interface OutcomeDependencies {
  readonly database: Database;
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly registry: Registry;
  readonly audit: AuditLog;
}

/** Writes what became of a step: journal, rollout, and with the switch the endpoint, its history, the alias and the audit log. */
export interface Outcomes {
  /** Writes that the first step of a new rollout begins. */
  begin(rollout: RolloutRecord): void;
  /**
   * Writes an outcome in one transaction. An outcome of a step that the rollout has left, because it was cancelled meanwhile, is dropped.
   * @returns whether there is anything new to tell
   */
  write(id: string, step: string, outcome: Outcome): boolean;
  /** Ends a rollout that has not switched yet. Call inside a transaction. */
  cancel(rollout: RolloutRecord, actor: Caller, why: string): void;
}

export function createOutcomes(dependencies: OutcomeDependencies): Outcomes {
  const { database, endpoints, rollouts, registry, audit } = dependencies;

  const enter = (rollout: RolloutRecord, step: string): void => {
    const message = stepOf(step)?.beginning ?? '';
    rollouts.change(rollout.id, { step, state: 'running', promoted: false, needs: [], message });
    rollouts.write(rollout.id, { step, event: 'started', message });
  };

  const detailOf = (rollout: RolloutRecord): Record<string, unknown> => ({
    rollout: rollout.id,
    model: rollout.model,
    version: rollout.version,
    from: rollout.from?.release,
    to: rollout.to,
    ...(rollout.reason === '' ? {} : { reason: rollout.reason }),
  });

  /** A version that was deleted from the registry can be served, but not named. */
  const moveAlias = (rollout: RolloutRecord): void => {
    try {
      const toCome = registry.setAlias(rollout.model, liveAlias, rollout.version, rollout.requestedBy, rollout.server);
      if (toCome !== undefined) {
        rollouts.write(rollout.id, { step: rollout.step, event: 'progress', message: toCome });
      }
    } catch (error) {
      if (!Problem.is(error, 'not-found')) {
        throw error;
      }
      const message = `The alias ${liveAlias} stays: version ${rollout.version} of ${rollout.model} is not in the registry any more`;
      rollouts.write(rollout.id, { step: rollout.step, event: 'progress', message });
    }
  };

  const takeOver = (rollout: RolloutRecord, release: string): void => {
    const rollback = rollout.kind === 'rollback';
    endpoints.goLive(rollout.endpoint, { release, version: rollout.version, target: rollout.target, replicaCount: rollout.replicaCount, at: Date.now(), rollback });
    moveAlias(rollout);
    rollouts.change(rollout.id, { weight: 100 });
    audit.append({ actor: rollout.requestedBy, action: `${rollout.kind}.switched`, subject: rollout.endpoint, detail: detailOf(rollout) });
  };

  const succeed = (rollout: RolloutRecord, message: string): void => {
    rollouts.write(rollout.id, { step: done, event: 'finished', message });
    rollouts.change(rollout.id, { step: done, state: 'succeeded', needs: [], message, endedAt: Date.now() });
    audit.append({ actor: rollout.requestedBy, action: `${rollout.kind}.finished`, subject: rollout.endpoint, detail: detailOf(rollout) });
  };

  const finish = (rollout: RolloutRecord, message: string): void => {
    rollouts.write(rollout.id, { step: rollout.step, event: 'finished', message });
    const live = endpoints.get(rollout.endpoint)?.live;
    const next = nextStep(rollout.step, rollout.strategy, live !== undefined && live.release !== rollout.to);
    if (next === done) {
      succeed(rollout, rollout.strategy.kind === 'rehearsal' ? `Version ${rollout.version} was rehearsed: ${message}` : `Version ${rollout.version} is live`);
    } else {
      enter(rollout, next);
    }
  };

  const fail = (rollout: RolloutRecord, { message, allowable = [] }: Extract<Outcome, { kind: 'failed' }>): void => {
    const { id, step } = rollout;
    rollouts.write(id, { step, event: 'failed', message });
    rollouts.change(id, { state: 'failed', weight: 0, needs: [], allowable, message: `${step}: ${message}`, endedAt: Date.now() });
    audit.append({ actor: rollout.requestedBy, action: `${rollout.kind}.failed`, subject: rollout.endpoint, detail: { ...detailOf(rollout), step, message } });
  };

  const hold = (rollout: RolloutRecord, { needs, message }: Extract<Outcome, { kind: 'hold' }>): boolean => {
    const { id, step, state } = rollout;
    const kinds = (all: RolloutRecord['needs']): string => all.map(({ kind }) => kind).join(' ');
    if (state !== 'held' || kinds(needs) !== kinds(rollout.needs)) {
      rollouts.write(id, { step, event: needs.some(({ kind }) => kind === 'requests') ? 'inconclusive' : 'held', message, needs });
    } else if (message === rollout.message && isDeepStrictEqual(needs, rollout.needs)) {
      return false;
    }
    rollouts.change(id, { state: 'held', message, needs });
    return true;
  };

  const apply = (rollout: RolloutRecord, outcome: Outcome): boolean => {
    const { id, step } = rollout;
    switch (outcome.kind) {
      case 'finished':
        finish(rollout, outcome.message);
        return true;
      case 'switched':
        if (rollout.to !== undefined) {
          takeOver(rollout, rollout.to);
        }
        finish(rollout, outcome.message);
        return true;
      case 'failed':
        fail(rollout, outcome);
        return true;
      case 'hold':
        return hold(rollout, outcome);
      case 'share':
        rollouts.write(id, { step, event: 'progress', message: outcome.message });
        rollouts.change(id, {
          state: 'running',
          stage: outcome.stage,
          weight: outcome.weight,
          stageSince: Date.now(),
          ...(outcome.byPromotion ? { promoted: false } : {}),
          needs: [],
          message: outcome.message,
        });
        return true;
      case 'settled':
        endpoints.setReplicaCount(rollout.endpoint, rollout.replicaCount);
        succeed(rollout, outcome.message);
        return true;
      case 'wait':
        return false;
    }
  };

  return {
    begin: (rollout) => enter(rollout, rollout.step),
    write: database.transaction((id: string, step: string, outcome: Outcome): boolean => {
      const rollout = rollouts.get(id);
      const goesOn = rollout !== undefined && rollout.step === step && (rollout.state === 'running' || rollout.state === 'held');
      return goesOn && apply(rollout, outcome);
    }),
    cancel(rollout, actor, why) {
      rollouts.write(rollout.id, { step: rollout.step, event: 'failed', message: why });
      rollouts.change(rollout.id, { state: 'cancelled', weight: 0, needs: [], message: why, endedAt: Date.now() });
      audit.append({ actor, action: `${rollout.kind}.cancelled`, subject: rollout.endpoint, detail: { ...detailOf(rollout), step: rollout.step } });
    },
  };
}
