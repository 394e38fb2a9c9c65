import { z } from 'zod';
import type { Alert } from '../contract/alerts.ts';
import { entriesOf, type AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { AlertTable } from './alertTable.ts';

const endpointsAtOnce = 4;
const payload = z.object({ incident: z.number().int(), alert: z.number().int() });

export interface AlarmRollbackSources {
  readonly audit: Pick<AuditLog, 'list'>;
  /**
   * Takes an endpoint back to the release before; an entry `rollback.requested` with incident and alert is written with it.
   * @throws Problem `conflict` that says why nothing is done
   */
  readonly rollBack: (alarm: { readonly endpoint: string; readonly incident: number; readonly alert: number; readonly since: number; readonly reason: string }) => Promise<void>;
}

/**
 * The rollbacks that rules ask for when they fire: a durable job each, so that a crash between the alarm and the rollback is an ordinary start. An incident rolls back
 * once; the audit log says whether it has. What is refused stands in the timeline with why.
 * @param changed is called with the endpoint once the incident says what came of it
 * @returns what asks; to be called in the transaction in which the alert fires
 */
export function createAlarmRollback({ jobs }: Pick<CompanionContext, 'jobs'>, table: Pick<AlertTable, 'ofIncident' | 'note'>, { audit, rollBack }: AlarmRollbackSources, changed: (endpoint: string) => void): (alert: Pick<Alert, 'id' | 'endpoint'>, incident: number) => void {
  /** The alert for which an incident has rolled back. */
  const rolledBackFor = (endpoint: string, incident: number): unknown => {
    for (const { detail } of entriesOf(audit, endpoint, ['rollback.requested'])) {
      if (detail['incident'] === incident) {
        return detail['alert'];
      }
    }
    return undefined;
  };
  const queue = jobs.register({
    kind: 'alarm-rollback',
    payload,
    retry: { firstMilliseconds: 1000, mostMilliseconds: 30_000, attempts: 5 },
    concurrency: endpointsAtOnce,
    async run({ key: endpoint, payload: { incident, alert: id } }) {
      const before = rolledBackFor(endpoint, incident);
      if (before === id) {
        return;
      }
      if (before !== undefined) {
        throw new Problem('conflict', 'This incident has rolled the endpoint back once.');
      }
      const alert = table.ofIncident(incident).find((each) => each.id === id);
      if (alert?.state !== 'firing') {
        throw new Problem('conflict', 'The alert has ended meanwhile.');
      }
      await rollBack({ endpoint, incident, alert: id, since: alert.pendingAt, reason: `Incident ${incident}, alert ${alert.rule}: ${alert.summary}` });
    },
    ended({ key: endpoint, payload: { incident, alert: id } }, end) {
      if (end.state === 'failed') {
        const rule = table.ofIncident(incident).find((each) => each.id === id)?.rule ?? 'an alert that is gone';
        table.note(incident, 'state', `Not rolled back for ${rule}: ${messageOf(end.error)}`, undefined, Date.now());
      }
      changed(endpoint);
    },
  });
  return ({ id, endpoint }, incident) => void queue.add({ key: endpoint, subject: String(id), payload: { incident, alert: id } });
}
