import type { Alert, Incident, IncidentDetail, TimelineEntry } from '../contract/alerts.ts';
import type { AuditEntry } from '../contract/governance.ts';
import { answerFor, type RuleTable } from './ruleTable.ts';
import type { AlertTable } from './alertTable.ts';

/** What was changed so long before an incident may be why. */
const beforeMilliseconds = 3_600_000;
const shownAudit = 500;

export interface AuditReading {
  list(query: { readonly subject: string; readonly limit: number }): AuditEntry[];
}

/** An incident with its timeline, which is told from its alerts, the audit log and what people wrote. */
export function detailOf(table: AlertTable, rules: RuleTable, audit: AuditReading, incident: Incident): Omit<IncidentDetail, 'suspects'> {
  const alerts = table.ofIncident(incident.id);
  const until = incident.resolvedAt ?? Number.POSITIVE_INFINITY;
  const rollouts = audit
    .list({ subject: incident.endpoint, limit: shownAudit })
    .filter(({ at, action }) => at >= incident.openedAt - beforeMilliseconds && at <= until && /^(?:deploy|rollback|endpoint)\./.test(action))
    .map((entry): TimelineEntry => ({ at: entry.at, kind: 'rollout', text: wordsOf(entry), actor: entry.program === 'companion' ? 'Slipway by itself' : entry.actor }));
  const timeline = [...alerts.flatMap(entriesOf), ...rollouts, ...table.entries(incident.id)];
  return { ...incident, alerts: alerts.map((alert) => ({ ...alert, ...answerFor(rules, alert.endpoint, alert.rule) })), timeline: timeline.sort((a, b) => a.at - b.at) };
}

function entriesOf({ summary, severity, firedAt, resolvedAt }: Alert): TimelineEntry[] {
  return [
    ...(firedAt === null ? [] : [{ at: firedAt, kind: 'alert' as const, text: `${severity}: ${summary}` }]),
    ...(resolvedAt === null ? [] : [{ at: resolvedAt, kind: 'alert' as const, text: `Ended: ${summary}` }]),
  ];
}

/** `deploy switched, version 7`. */
function wordsOf({ action, detail }: AuditEntry): string {
  const { version, reason } = detail;
  return `${action.replace('.', ' ')}${typeof version === 'number' ? `, version ${version}` : ''}${typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''}`;
}
