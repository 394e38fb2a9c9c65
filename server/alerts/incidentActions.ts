import type { Incident, IncidentDetail } from '../contract/alerts.ts';
import type { Caller } from '../contract/caller.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import type { AlertTable } from './alertTable.ts';
import type { Delivery } from './delivery.ts';

/** What people see of an incident and do to it; each is the incident as it is then. */
export interface IncidentActions {
  detail(id: number): Promise<IncidentDetail>;
  /** @throws Problem `conflict` for one that is resolved */
  acknowledge(id: number, caller: Caller): Promise<IncidentDetail>;
  /** @throws Problem `conflict` for one that is resolved */
  resolve(id: number, caller: Caller): Promise<IncidentDetail>;
  note(id: number, text: string, caller: Caller): Promise<IncidentDetail>;
}

export interface IncidentParts {
  readonly database: Database;
  readonly table: AlertTable;
  readonly audit: AuditLog;
  readonly delivery: Pick<Delivery, 'tell'>;
  readonly details: (incident: Incident) => Promise<IncidentDetail>;
  readonly changed: (endpoint: string) => void;
}

/** @throws Problem `not-found` */
export function requireIncident(table: Pick<AlertTable, 'incident'>, id: number): Incident {
  const found = table.incident(id);
  if (found === undefined) {
    throw new Problem('not-found', `There is no incident ${id}.`, { field: 'id', remedy: 'List them with "slipway incidents --all".' });
  }
  return found;
}

function requireUnresolved(table: Pick<AlertTable, 'incident'>, id: number): void {
  if (requireIncident(table, id).resolvedAt !== null) {
    throw new Problem('conflict', `Incident ${id} is resolved.`, { field: 'id', remedy: 'A note can still be written.' });
  }
}

export function createIncidentActions({ database, table, audit, delivery, details, changed }: IncidentParts): IncidentActions {
  const detail = async (id: number): Promise<IncidentDetail> => details(requireIncident(table, id));
  /** What a person does to an incident, with its entry in the audit log. */
  const act = (id: number, caller: Caller, action: string, change: (now: number) => void): Promise<IncidentDetail> => {
    const { endpoint } = requireIncident(table, id);
    database.transaction(() => {
      change(Date.now());
      audit.append({ actor: caller, action, subject: endpoint, detail: { incident: id } });
    })();
    changed(endpoint);
    return detail(id);
  };
  return {
    detail,
    acknowledge(id, caller) {
      requireUnresolved(table, id);
      return act(id, caller, 'incident.acknowledged', (now) => {
        table.acknowledge(id, now);
        table.note(id, 'state', 'Acknowledged.', caller.user, now);
      });
    },
    resolve(id, caller) {
      requireUnresolved(table, id);
      return act(id, caller, 'incident.resolved', (now) => {
        table.close(id, now);
        table.note(id, 'state', 'Resolved by hand.', caller.user, now);
        delivery.tell(id);
      });
    },
    note: (id, text, caller) => act(id, caller, 'incident.noted', (now) => table.note(id, 'note', text, caller.user, now)),
  };
}
