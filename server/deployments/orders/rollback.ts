import { shortDigest } from '../../contract/format/digests.ts';
import type { Caller } from '../../contract/caller.ts';
import type { EndpointRelease } from '../../contract/deployments.ts';
import type { ReleaseDifference } from '../../contract/releases.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EndpointRecord, LiveSpanRecord } from '../endpoints/endpointTable.ts';
import { askAllReady } from '../replicas/modelServer.ts';
import type { Outcomes } from '../rollouts/outcomes.ts';
import type { Reconciler } from '../rollouts/reconciler.ts';
import { newRolloutId } from './orders.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { switchOver } from '../rollouts/steps/switchOver.ts';
import { firstStep, hasSwitched, labelOf } from '../rollouts/progression.ts';
import { readinessOf } from '../endpoints/readiness.ts';

export interface RollbackDependencies {
  readonly database: Database;
  readonly parts: RolloutParts;
  readonly outcomes: Outcomes;
  readonly reconciler: Reconciler;
  readonly audit: AuditLog;
  readonly endpoint: (name: string) => EndpointRecord;
  readonly changed: (endpoint: string, rollout?: string) => void;
}

export interface RollbackRequest {
  readonly name: string;
  /** Digest, or the beginning of one; the release before the live one when it is left out. */
  readonly to: string | undefined;
  readonly reason: string;
  readonly requestedBy: Caller;
}

export interface RollbackPreview {
  readonly from: string;
  readonly to: string;
  readonly toVersion: number;
  readonly readiness: EndpointRelease['readiness'];
  readonly differences: ReleaseDifference[];
  readonly refusal?: string;
}

export interface Rollback {
  preview(name: string, to: string | undefined): Promise<RollbackPreview>;
  /** `durationMs` from the request to the route being in force; absent when the release has to be started first. */
  rollBack(request: RollbackRequest): Promise<{ rollout: RolloutRecord; durationMs?: number }>;
}

interface Aim {
  readonly span: LiveSpanRecord;
  /** What gets traffic now and shall not: the live release, or the one that a rollout is bringing. */
  readonly from: { readonly release: string | undefined; readonly version: number };
  /** The live release stays; only a rollout is taken back. */
  readonly stays: boolean;
}

/**
 * Where a rollback goes. While a rollout has not switched, that is the live release; else the one that was live before, without those
 * that were rolled back from.
 * @param spans newest first
 * @throws Problem `conflict` when there is nothing to go back to, `not-found` when `to` was never live here
 */
export function aimOf(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], rollout: RolloutRecord | undefined, to: string | undefined): Aim {
  const { name, live } = endpoint;
  const [current] = spans;
  if (live === undefined || current === undefined) {
    throw new Problem('conflict', `Nothing is live on ${name}; there is nothing to roll back.`);
  }
  const coming = rollout !== undefined && !hasSwitched(rollout) ? rollout : undefined;
  if (coming?.kind === 'rollback' && (to === undefined || coming.to?.startsWith(to) === true)) {
    throw new Problem('conflict', `A rollback of ${name} to version ${coming.version} is running, at step ${labelOf(coming.step)} (${coming.id}).`, {
      remedy: 'Wait for it, or cancel it.',
    });
  }
  const from = coming === undefined ? live : { release: coming.to, version: coming.version };
  if (to === undefined) {
    const span = coming === undefined ? spans.find((candidate) => candidate.release !== live.release && !candidate.rolledBack) : current;
    if (span === undefined) {
      const left = spans.find((candidate) => candidate.release !== live.release);
      throw new Problem('conflict', `There is no earlier release of ${name} to go back to.`, {
        remedy: left === undefined ? 'Deploy another version.' : `Version ${left.version} was rolled back from; name its release ${shortDigest(left.release)} to go to it nevertheless.`,
      });
    }
    return { span, from, stays: span.release === live.release };
  }
  const matches = [...new Map(spans.filter(({ release }) => release.startsWith(to)).map((span) => [span.release, span])).values()];
  const [span, another] = matches;
  if (to.length < 6 || span === undefined) {
    throw new Problem('not-found', `${name} has never served a release ${to}.`, {
      field: 'to',
      remedy: `Its releases: ${[...new Set(spans.map(({ release }) => shortDigest(release)))].join(', ')}.`,
    });
  }
  if (another !== undefined) {
    throw new Problem('conflict', `Several releases begin with ${to}.`, { field: 'to', remedy: 'Give more characters of the digest.' });
  }
  if (span.release === live.release && coming === undefined) {
    throw new Problem('conflict', `Release ${shortDigest(span.release)} is live on ${name} already.`, { field: 'to' });
  }
  return { span, from, stays: span.release === live.release };
}

export function createRollback(dependencies: RollbackDependencies): Rollback {
  const { database, parts, outcomes, reconciler, audit, changed } = dependencies;
  const { endpoints, rollouts, releases, replicas, replicaTable, traffic } = parts;

  const aim = (endpoint: EndpointRecord, to: string | undefined): Aim =>
    aimOf(endpoint, endpoints.spans(endpoint.name), rollouts.active(endpoint.name), to);

  const requireRunning = (endpoint: EndpointRecord): void => {
    if (endpoint.desired !== 'running') {
      throw new Problem('conflict', `${endpoint.name} is stopped.`, { remedy: 'Start it first.' });
    }
  };

  /** As many replicas answer now as the endpoint has: the traffic can move to them at once. */
  const isWarm = async ({ name, replicaCount }: EndpointRecord, span: LiveSpanRecord): Promise<boolean> => {
    const chosen = replicas.chosen(name, { ...span, replicaCount });
    if (chosen.length < replicaCount || chosen.some(({ state }) => state !== 'ready')) {
      return false;
    }
    const answers = await Promise.all(chosen.map(({ addresses }) => askAllReady(addresses, span.release)));
    return answers.every(({ ready }) => ready);
  };

  /** Why a release that does not run cannot be started. */
  const refusalOf = async (span: LiveSpanRecord): Promise<string | undefined> => {
    try {
      const damage = await releases.checkRunnable(span.release);
      if (damage !== undefined) {
        return damage;
      }
    } catch (error) {
      if (Problem.is(error)) {
        return error.message;
      }
      throw error;
    }
    const status = await parts.targets.of(span.target).status();
    return status.available ? undefined : status.detail;
  };

  const create = (request: RollbackRequest, endpoint: EndpointRecord, { span, from }: Aim, warm: boolean): RolloutRecord => {
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
      strategy: { kind: 'all-at-once' },
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
      detail: { rollout: created.id, from: from.release, to: span.release, version: span.version, ...(request.reason === '' ? {} : { reason: request.reason }) },
    });
    return created;
  };

  const endCurrent = (endpoint: string, actor: Caller): void => {
    const active = rollouts.active(endpoint);
    if (active === undefined) {
      return;
    }
    if (hasSwitched(active)) {
      outcomes.write(active.id, active.step, { kind: 'settled', message: `Version ${active.version} took over and was rolled back` });
    } else {
      outcomes.cancel(active, actor, `Cancelled: rolled back by ${actor.user}`);
    }
    reconciler.interrupt(active.id);
  };

  return {
    async preview(name, to) {
      const endpoint = dependencies.endpoint(name);
      const { span, from } = aim(endpoint, to);
      const running = replicaTable.list(name);
      const warm = await isWarm(endpoint, span);
      const refusal = endpoint.desired !== 'running' ? `${name} is stopped.` : warm ? undefined : await refusalOf(span);
      const live = endpoint.live?.release ?? span.release;
      return {
        from: from.release ?? live,
        to: span.release,
        toVersion: span.version,
        readiness: refusal === undefined ? readinessOf(span, endpoint, running, releases).readiness : 'unavailable',
        differences: refusal === undefined || warm ? releases.compare(from.release ?? live, span.release) : comparedOrNone(releases.compare, from.release ?? live, span.release),
        ...(refusal === undefined ? {} : { refusal }),
      };
    },
    async rollBack(request) {
      const begun = performance.now();
      const endpoint = dependencies.endpoint(request.name);
      requireRunning(endpoint);
      const first = aim(endpoint, request.to);
      if (!first.stays && !(await isWarm(endpoint, first.span))) {
        const refusal = await refusalOf(first.span);
        if (refusal !== undefined) {
          throw new Problem('conflict', `${request.name} cannot go back to version ${first.span.version}: ${refusal}`, {
            remedy: 'Choose another release of its history, or deploy a version.',
          });
        }
      }
      const result = await reconciler.exclusively(request.name, async () => {
        const now = dependencies.endpoint(request.name);
        requireRunning(now);
        // What was chosen without holding the endpoint counts, unless the endpoint has moved meanwhile.
        const chosen = aim(now, first.span.release === now.live?.release ? request.to : first.span.release);
        const warm = chosen.stays || (await isWarm(now, chosen.span));
        const rollout = database.transaction(() => {
          endCurrent(request.name, request.requestedBy);
          const created = create(request, now, chosen, warm);
          if (chosen.stays) {
            outcomes.write(created.id, switchOver.id, { kind: 'settled', message: `Version ${chosen.span.version} has all the traffic again` });
          } else if (warm) {
            outcomes.write(created.id, switchOver.id, { kind: 'switched', message: 'All traffic goes to the earlier release, which was warm' });
          }
          return created;
        })();
        if (!warm) {
          return { id: rollout.id };
        }
        await traffic.publish();
        return { id: rollout.id, durationMs: performance.now() - begun };
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

/** A release that is gone cannot be compared; that it is gone is said already. */
function comparedOrNone(compare: (from: string, to: string) => ReleaseDifference[], from: string, to: string): ReleaseDifference[] {
  try {
    return compare(from, to);
  } catch {
    return [];
  }
}
