import { z } from 'zod';
import type { AuditEntry } from '../contract/governance.ts';
import type { Decision, LiveAt } from '../contract/lineage.ts';
import { entriesOf, type AuditLog } from '../governance/auditLog.ts';

const switches: Readonly<Record<string, string>> = { 'deploy.switched': 'deploy', 'rollback.switched': 'rollback' };
const concerned = [...Object.keys(switches), 'deploy.promoted', 'rollback.promoted', 'endpoint.stopped', 'endpoint.started', 'endpoint.deleted'];

/** What an entry of a switch says of it (`rollouts/outcomes.ts`). */
const switched = z.object({ rollout: z.string(), model: z.string(), version: z.number().int(), to: z.string(), reason: z.string().optional() });
const promoted = z.object({ rollout: z.string() });

function decisionOf(entry: AuditEntry, rollout: string, reason: string | undefined, promotedBy: readonly string[]): Decision {
  return {
    kind: switches[entry.action] ?? entry.action,
    at: entry.at,
    by: entry.actor,
    ...(entry.program === undefined ? {} : { program: entry.program }),
    ...(reason === undefined ? {} : { reason }),
    rollout,
    entry: entry.sequence,
    promotedBy: [...promotedBy],
  };
}

/**
 * What endpoints served at a time, and who decided it, by the audit log: it has endpoints that were deleted as well, and what it says can be verified.
 * @param at epoch milliseconds
 */
export function liveAtTime(audit: Pick<AuditLog, 'list'>, at: number, endpoint?: string): LiveAt[] {
  const live = new Map<string, LiveAt>();
  const promotions = new Map<string, string[]>();
  for (const entry of entriesOf(audit, endpoint, concerned)) {
    const { subject, action, actor } = entry;
    const current = live.get(subject);
    if (entry.at > at) {
      const ends = action in switches || action === 'endpoint.deleted' || action === 'endpoint.stopped';
      if (current !== undefined && current.ended === undefined && ends) {
        live.set(subject, { ...current, ended: { at: entry.at, by: actor, action } });
      }
      continue;
    }
    if (action.endsWith('.promoted')) {
      const rollout = promoted.safeParse(entry.detail).data?.rollout ?? '';
      promotions.set(rollout, [...new Set([...(promotions.get(rollout) ?? []), actor])]);
    } else if (action === 'endpoint.deleted') {
      live.delete(subject);
    } else if (action === 'endpoint.stopped' && current !== undefined) {
      live.set(subject, { ...current, stopped: { at: entry.at, by: actor } });
    } else if (action === 'endpoint.started' && current !== undefined) {
      const { model, version, release, decision } = current;
      live.set(subject, { endpoint: subject, model, version, release, decision });
    } else if (action in switches) {
      const { rollout, model, version, to, reason } = switched.safeParse(entry.detail).data ?? {};
      if (rollout !== undefined && model !== undefined && version !== undefined && to !== undefined) {
        live.set(subject, { endpoint: subject, model, version, release: to, decision: decisionOf(entry, rollout, reason, promotions.get(rollout) ?? []) });
      }
    }
  }
  return [...live.values()].sort((a, b) => a.endpoint.localeCompare(b.endpoint));
}

/** The last decision before a time that brought a release to an endpoint; undefined where the release got a share of the traffic without one, as a canary does. */
export function decisionFor(audit: Pick<AuditLog, 'list'>, endpoint: string, release: string, at: number): Decision | undefined {
  let found: Decision | undefined;
  for (const entry of entriesOf(audit, endpoint, concerned)) {
    const { rollout, to, reason } = switched.safeParse(entry.detail).data ?? {};
    if (entry.at <= at && entry.action in switches && to === release && rollout !== undefined) {
      found = decisionOf(entry, rollout, reason, []);
    }
  }
  return found;
}
