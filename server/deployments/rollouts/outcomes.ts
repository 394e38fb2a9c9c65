import type { Caller } from '../../contract/caller.ts';
import type { RolloutStep } from '../../contract/deployments.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EndpointTable } from '../endpoints/endpointTable.ts';
import type { Registry } from '../replicas/ports.ts';
import type { RolloutRecord, RolloutTable } from './rolloutTable.ts';
import { nextStep, type Outcome } from './transitions.ts';

/** The alias that names what production runs; it moves with the traffic. */
export const liveAlias = 'champion';

const beginnings: Readonly<Record<RolloutStep, string>> = {
  preflight: 'Checking disk, target and gateway',
  environment: 'Building the environment',
  replica: 'Starting a replica',
  ready: 'Waiting for the model to load',
  'smoke-test': 'Sending the recorded example',
  canary: 'Giving the new release a share of the traffic',
  switch: 'Moving the traffic',
  drain: 'Waiting for requests to the old release to finish',
  done: 'Done',
};

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
   */
  write(id: string, step: RolloutStep, outcome: Outcome): void;
  /** Ends a rollout that has not switched yet. Call inside a transaction. */
  cancel(rollout: RolloutRecord, actor: Caller, why: string): void;
}

export function createOutcomes(dependencies: OutcomeDependencies): Outcomes {
  const { database, endpoints, rollouts, registry, audit } = dependencies;

  const enter = (rollout: RolloutRecord, step: RolloutStep): void => {
    rollouts.change(rollout.id, { step, state: 'running', promoted: false, message: beginnings[step] });
    rollouts.write(rollout.id, { step, event: 'started', message: beginnings[step] });
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
        rollouts.write(rollout.id, { step: 'switch', event: 'progress', message: toCome });
      }
    } catch (error) {
      if (!Problem.is(error, 'not-found')) {
        throw error;
      }
      const message = `The alias ${liveAlias} stays: version ${rollout.version} of ${rollout.model} is not in the registry any more`;
      rollouts.write(rollout.id, { step: 'switch', event: 'progress', message });
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
    rollouts.write(rollout.id, { step: 'done', event: 'finished', message });
    rollouts.change(rollout.id, { step: 'done', state: 'succeeded', message, endedAt: Date.now() });
    audit.append({ actor: rollout.requestedBy, action: `${rollout.kind}.finished`, subject: rollout.endpoint, detail: detailOf(rollout) });
  };

  const apply = (rollout: RolloutRecord, outcome: Outcome): void => {
    const { id, step } = rollout;
    switch (outcome.kind) {
      case 'finished': {
        rollouts.write(id, { step, event: 'finished', message: outcome.message });
        const live = endpoints.get(rollout.endpoint)?.live;
        const beside = live !== undefined && live.release !== rollout.to;
        if (step === 'switch' && rollout.to !== undefined) {
          takeOver(rollout, rollout.to);
        }
        const next = nextStep(step, rollout.strategy, beside);
        if (next === 'done') {
          succeed(rollout, `Version ${rollout.version} is live`);
        } else {
          enter(rollout, next);
        }
        return;
      }
      case 'failed':
        rollouts.write(id, { step, event: 'failed', message: outcome.message });
        rollouts.change(id, { state: 'failed', weight: 0, message: `${step}: ${outcome.message}`, endedAt: Date.now() });
        audit.append({
          actor: rollout.requestedBy,
          action: `${rollout.kind}.failed`,
          subject: rollout.endpoint,
          detail: { ...detailOf(rollout), step, message: outcome.message },
        });
        return;
      case 'hold':
        if (rollout.state !== 'held') {
          rollouts.write(id, { step, event: outcome.inconclusive ? 'inconclusive' : 'held', message: outcome.message });
        }
        rollouts.change(id, { state: 'held', message: outcome.message });
        return;
      case 'share':
        rollouts.write(id, { step, event: 'progress', message: outcome.message });
        rollouts.change(id, {
          state: 'running',
          stage: outcome.stage,
          weight: outcome.weight,
          stageSince: Date.now(),
          promoted: false,
          message: outcome.message,
        });
        return;
      case 'settled':
        endpoints.setReplicaCount(rollout.endpoint, rollout.replicaCount);
        succeed(rollout, outcome.message);
        return;
      case 'wait':
        if (outcome.message !== undefined) {
          rollouts.change(id, { message: outcome.message });
        }
    }
  };

  return {
    begin: (rollout) => enter(rollout, rollout.step),
    write: database.transaction((id: string, step: RolloutStep, outcome: Outcome) => {
      const rollout = rollouts.get(id);
      if (rollout !== undefined && rollout.step === step && (rollout.state === 'running' || rollout.state === 'held')) {
        apply(rollout, outcome);
      }
    }),
    cancel(rollout, actor, why) {
      rollouts.write(rollout.id, { step: rollout.step, event: 'failed', message: why });
      rollouts.change(rollout.id, { state: 'cancelled', weight: 0, message: why, endedAt: Date.now() });
      audit.append({ actor, action: `${rollout.kind}.cancelled`, subject: rollout.endpoint, detail: { ...detailOf(rollout), step: rollout.step } });
    },
  };
}
