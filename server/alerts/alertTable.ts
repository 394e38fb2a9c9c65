import { severities, type Alert, type Incident, type RuleId, type Severity, type TimelineEntry } from '../contract/alerts.ts';
import type { Database } from '../platform/database/database.ts';

interface AlertRow {
  readonly id: number;
  readonly endpoint: string;
  readonly rule: string;
  readonly severity: string;
  readonly summary: string;
  readonly value: number;
  readonly threshold: number;
  readonly pendingAt: number;
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
  readonly incident: number | null;
}

interface IncidentRow {
  readonly id: number;
  readonly endpoint: string;
  readonly openedAt: number;
  readonly acknowledgedAt: number | null;
  readonly resolvedAt: number | null;
}

export interface NewAlert {
  readonly endpoint: string;
  /** `break-glass`: no rule judges it, it goes on until its incident is resolved. */
  readonly rule: RuleId | 'break-glass';
  readonly severity: Severity;
  readonly summary: string;
  readonly value: number;
  readonly threshold: number;
}

/** Alerts and the incidents that they open. */
export interface AlertTable {
  /** The one that is pending or firing. */
  current(endpoint: string, rule: NewAlert['rule']): Alert | undefined;
  /** When the last one that fired ended. */
  lastEnd(endpoint: string, rule: RuleId): number | undefined;
  add(alert: NewAlert, at: number): Alert;
  update(id: number, figures: Pick<NewAlert, 'summary' | 'value' | 'threshold' | 'severity'>): void;
  /** Puts it into the incident of its endpoint, which is opened where there is none. */
  fire(alert: Alert, at: number): number;
  resolve(id: number, at: number): void;
  forget(id: number): void;
  /** Endpoints with alerts that are pending or firing. */
  endpoints(): string[];
  ofIncident(incident: number): Alert[];
  incident(id: number): Incident | undefined;
  /** Of each endpoint the incident that goes on, else its last one. */
  latest(): ReadonlyMap<string, Incident>;
  incidents(query: { readonly unresolved: boolean; readonly endpoint: string | undefined; readonly limit: number }): Incident[];
  entries(incident: number): TimelineEntry[];
  note(incident: number, kind: 'note' | 'state', text: string, actor: string | undefined, at: number): void;
  acknowledge(incident: number, at: number): void;
  /** Ends an incident and what of its alerts goes on. */
  close(incident: number, at: number): void;
}

const columns = 'id, endpoint, rule, severity, summary, value, threshold, pending_at AS pendingAt, fired_at AS firedAt, resolved_at AS resolvedAt, incident';
const incidentColumns = 'id, endpoint, opened_at AS openedAt, acknowledged_at AS acknowledgedAt, resolved_at AS resolvedAt';

function toAlert(row: AlertRow): Alert {
  return { ...row, state: row.resolvedAt !== null ? 'resolved' : row.firedAt === null ? 'pending' : 'firing' };
}

function rank(severity: string): number {
  return severities.findIndex((each) => each === severity);
}

export function createAlertTable(database: Database): AlertTable {
  const findCurrent = database.prepare<[string, string], AlertRow>(`SELECT ${columns} FROM alerts WHERE endpoint = ? AND rule = ? AND resolved_at IS NULL`);
  const findEnd = database.prepare<[string, string], { at: number | null }>('SELECT max(resolved_at) AS at FROM alerts WHERE endpoint = ? AND rule = ?');
  const insert = database.prepare<[string, string, string, string, number, number, number]>('INSERT INTO alerts (endpoint, rule, severity, summary, value, threshold, pending_at) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const get = database.prepare<[number], AlertRow>(`SELECT ${columns} FROM alerts WHERE id = ?`);
  const setFigures = database.prepare<[string, number, number, string, number]>('UPDATE alerts SET summary = ?, value = ?, threshold = ?, severity = ? WHERE id = ?');
  const setFired = database.prepare<[number, number, number]>('UPDATE alerts SET fired_at = ?, incident = ? WHERE id = ?');
  const setResolved = database.prepare<[number, number]>('UPDATE alerts SET resolved_at = ? WHERE id = ?');
  const drop = database.prepare<[number]>('DELETE FROM alerts WHERE id = ?');
  const listEndpoints = database.prepare<[], { endpoint: string }>('SELECT DISTINCT endpoint FROM alerts WHERE resolved_at IS NULL');
  const listOfIncident = database.prepare<[number], AlertRow>(`SELECT ${columns} FROM alerts WHERE incident = ? ORDER BY fired_at, id`);
  const findIncident = database.prepare<[number], IncidentRow>(`SELECT ${incidentColumns} FROM incidents WHERE id = ?`);
  const findOpen = database.prepare<[string], IncidentRow>(`SELECT ${incidentColumns} FROM incidents WHERE endpoint = ? AND resolved_at IS NULL`);
  const addIncident = database.prepare<[string, number]>('INSERT INTO incidents (endpoint, opened_at) VALUES (?, ?)');
  const listIncidents = database.prepare<[number, string | null, string | null, number], IncidentRow>(
    `SELECT ${incidentColumns} FROM incidents WHERE (? = 0 OR resolved_at IS NULL) AND (? IS NULL OR endpoint = ?) ORDER BY opened_at DESC, id DESC LIMIT ?`,
  );
  const listLatest = database.prepare<[], IncidentRow>(`SELECT ${incidentColumns} FROM incidents WHERE id IN (SELECT max(id) FROM incidents GROUP BY endpoint)`);
  const listEntries = database.prepare<[number], { at: number; kind: 'note' | 'state'; text: string; actor: string | null }>('SELECT at, kind, text, actor FROM incident_entries WHERE incident = ? ORDER BY at, rowid');
  const addEntry = database.prepare<[number, number, string, string, string | null]>('INSERT INTO incident_entries (incident, at, kind, text, actor) VALUES (?, ?, ?, ?, ?)');
  const setAcknowledged = database.prepare<[number, number]>('UPDATE incidents SET acknowledged_at = ? WHERE id = ?');
  const setClosed = database.prepare<[number, number]>('UPDATE incidents SET resolved_at = ? WHERE id = ?');
  const endAlerts = database.prepare<[number, number]>('UPDATE alerts SET resolved_at = ? WHERE incident = ? AND resolved_at IS NULL');

  const ofIncident = (id: number): Alert[] => listOfIncident.all(id).map(toAlert);
  const toIncident = (row: IncidentRow): Incident => {
    const alerts = ofIncident(row.id);
    const active = alerts.filter(({ state }) => state === 'firing');
    const told = active.length > 0 ? active : alerts;
    return {
      ...row,
      state: row.resolvedAt !== null ? 'resolved' : row.acknowledgedAt === null ? 'open' : 'acknowledged',
      severity: told.map(({ severity }) => severity).reduce((worst, each) => (rank(each) > rank(worst) ? each : worst), severities[0]),
      title: told.map(({ summary }) => summary).join(' '),
    };
  };
  const must = (id: number): Alert => {
    const row = get.get(id);
    if (row === undefined) {
      throw new Error(`alert ${id} is gone`);
    }
    return toAlert(row);
  };
  return {
    current(endpoint, rule) {
      const row = findCurrent.get(endpoint, rule);
      return row === undefined ? undefined : toAlert(row);
    },
    lastEnd: (endpoint, rule) => findEnd.get(endpoint, rule)?.at ?? undefined,
    add: ({ endpoint, rule, severity, summary, value, threshold }, at) => must(Number(insert.run(endpoint, rule, severity, summary, value, threshold, at).lastInsertRowid)),
    update: (id, { summary, value, threshold, severity }) => void setFigures.run(summary, value, threshold, severity, id),
    fire(alert, at) {
      const incident = findOpen.get(alert.endpoint)?.id ?? Number(addIncident.run(alert.endpoint, at).lastInsertRowid);
      setFired.run(at, incident, alert.id);
      return incident;
    },
    resolve: (id, at) => void setResolved.run(at, id),
    forget: (id) => void drop.run(id),
    endpoints: () => listEndpoints.all().map(({ endpoint }) => endpoint),
    ofIncident,
    incident(id) {
      const row = findIncident.get(id);
      return row === undefined ? undefined : toIncident(row);
    },
    latest: () => new Map(listLatest.all().map((row) => [row.endpoint, toIncident(row)])),
    incidents: ({ unresolved, endpoint = null, limit }) => listIncidents.all(unresolved ? 1 : 0, endpoint, endpoint, limit).map(toIncident),
    entries: (incident) => listEntries.all(incident).map(({ actor, ...entry }) => ({ ...entry, ...(actor === null ? {} : { actor }) })),
    note: (incident, kind, text, actor, at) => void addEntry.run(incident, at, kind, text, actor ?? null),
    acknowledge: (incident, at) => void setAcknowledged.run(at, incident),
    close(incident, at) {
      endAlerts.run(at, incident);
      setClosed.run(at, incident);
    },
  };
}
