import type { Caller } from '../../contract/caller.ts';
import { strategy } from '../../contract/deployments.ts';
import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import { firstStep, hasSwitched } from '../rollouts/progression.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { switchOver } from '../rollouts/steps/switchOver.ts';
import { requireOwnAlarm, type Alarm } from './alarm.ts';
import { answersNow, refusalOf } from './earlierRelease.ts';
import { cancelUnswitched, newRolloutId, requireEndpoint, settleSwitched, type OrderDependencies } from './order.ts';
import { aimOf, type RollbackAim } from './rollbackAim.ts';
import { previewRollback, type RollbackPreview } from './rollbackPreview.ts';

export interface RollbackRequest {
  readonly name: string;
  /** Digest, or the beginning of one; the release before the live one when it is left out. */
  readonly to: string | undefined;
  readonly reason: string;
  readonly requestedBy: Caller;
  /** What asks, where nobody does. */
  readonly alarm?: Alarm;
}

export interface Rollback {
  previewRollback(name: string, to: string | undefined): Promise<RollbackPreview>;
  /** `durationMs` from the request to the route being in force; absent when the release has to be started first. */
  rollBack(request: RollbackRequest): Promise<{ rollout: RolloutRecord; durationMs?: number }>;
}

function requireRunning(endpoint: EndpointRecord): void {
  if (endpoint.desired !== 'running') {
    throw new Problem('conflict', `${endpoint.name} is stopped.`, { remedy: 'Start it first.' });
  }
}

export function createRollback(dependencies: OrderDependencies): Rollback {
  const { database, parts, outcomes, reconciler, audit, changed } = dependencies;
  const { endpoints, rollouts, releases, traffic } = parts;

  const aim = (endpoint: EndpointRecord, to: string | undefined): RollbackAim =>
    aimOf(endpoint, endpoints.spans(endpoint.name), rollouts.active(endpoint.name), to);

  const create = (request: RollbackRequest, endpoint: EndpointRecord, { span, from }: RollbackAim, warm: boolean): RolloutRecord => {
    const { serving, model } = releases.get(span.release);
    const created = rollouts.create({
      id: newRolloutId(),
      endpoint: endpoint.name,
      kind: 'rollback',
      model: endpoint.model,
      version: span.version,
      server: model.server,
      target: span.target,
      replicaCount: endpoint.replicaCount,
      serving,
      strategy: strategy.parse({ kind: 'all-at-once', watchSeconds: 0 }),
      from: from.release === undefined ? undefined : { release: from.release, version: from.version },
      to: span.release,
      requestedBy: request.requestedBy,
      reason: request.reason,
      message: '',
      startedAt: Date.now(),
      step: warm ? switchOver.id : firstStep,
    });
    outcomes.begin(created);
    audit.append({
      actor: request.requestedBy,
      action: 'rollback.requested',
      subject: endpoint.name,
      detail: { rollout: created.id, from: from.release, to: span.release, version: span.version, ...(request.reason === '' ? {} : { reason: request.reason }), ...(request.alarm === undefined ? {} : { incident: request.alarm.incident, alert: request.alarm.alert }) },
    });
    return created;
  };

  const endCurrent = (endpoint: string, actor: Caller): void => {
    const active = rollouts.active(endpoint);
    if (active !== undefined && hasSwitched(active)) {
      settleSwitched(active, `Version ${active.version} took over and was rolled back`, dependencies);
    } else if (active !== undefined) {
      cancelUnswitched(active, actor, `Cancelled: rolled back by ${actor.user}`, dependencies);
    }
  };

  /** Writes the rollback; with it the traffic moves, where what it goes to answers already. */
  const begin = (request: RollbackRequest, endpoint: EndpointRecord, aimed: RollbackAim, warm: boolean): RolloutRecord => {
    requireOwnAlarm(parts, request.name, request.alarm);
    endCurrent(request.name, request.requestedBy);
    const created = create(request, endpoint, aimed, warm);
    if (aimed.stays) {
      outcomes.write(created.id, switchOver.id, { kind: 'settled', message: `Version ${aimed.span.version} has all the traffic again` });
    } else if (warm) {
      outcomes.write(created.id, switchOver.id, { kind: 'switched', message: 'All traffic goes to the earlier release, which was warm' });
    }
    return created;
  };

  /** Chooses before the endpoint is held: finding out whether a release can run takes a while. */
  const choose = async ({ name, to, alarm }: RollbackRequest): Promise<RollbackAim> => {
    const endpoint = requireEndpoint(parts, name);
    requireRunning(endpoint);
    requireOwnAlarm(parts, name, alarm);
    const chosen = aim(endpoint, to);
    if (!chosen.stays && !(await answersNow(endpoint, chosen.span, parts))) {
      const refusal = await refusalOf(chosen.span, parts);
      if (refusal !== undefined) {
        throw new Problem('conflict', `${name} cannot go back to version ${chosen.span.version}: ${refusal}`, {
          remedy: 'Choose another release of its history, or deploy a version.',
        });
      }
    }
    return chosen;
  };

  return {
    previewRollback: (name, to) => previewRollback(name, to, parts),
    async rollBack(request) {
      const begun = performance.now();
      const first = await choose(request);
      const result = await reconciler.exclusively(request.name, async () => {
        const now = requireEndpoint(parts, request.name);
        requireRunning(now);
        // What was chosen without holding the endpoint counts, unless the endpoint has moved meanwhile.
        const aimed = aim(now, first.span.release === now.live?.release ? request.to : first.span.release);
        const warm = aimed.stays || (await answersNow(now, aimed.span, parts));
        const { id } = database.transaction(() => begin(request, now, aimed, warm))();
        if (!warm) {
          return { id };
        }
        await traffic.publish();
        return { id, durationMs: performance.now() - begun };
      });
      changed(request.name, result.id);
      const rollout = rollouts.get(result.id);
      if (rollout === undefined) {
        throw new Problem('conflict', `The endpoint ${request.name} was deleted meanwhile.`);
      }
      return { rollout, ...(result.durationMs === undefined ? {} : { durationMs: result.durationMs }) };
    },
  };
}
