import type { IncidentDetail } from '../../server/contract/alerts.ts';
import { answerText, suspectLines } from '../../server/contract/format/alerts.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { escapeMarkdown } from '../vscode/format.ts';

/** An incident as a page of Markdown: what is the matter, what happened, and what one can do. Names and texts of others are text. */
export function incidentText({ id, endpoint, state, severity, openedAt, resolvedAt, alerts, timeline, suspects }: IncidentDetail): string {
  const line = (text: string): string => escapeMarkdown(text.replace(/\s+/g, ' '));
  const suspected = suspectLines(suspects);
  return [
    `# Incident ${id}: ${line(endpoint)}`,
    '',
    `${line(severity)}, ${line(state)}. Since ${formatTime(openedAt)}${resolvedAt === null ? '' : `, resolved ${formatTime(resolvedAt)}`}.`,
    '',
    ...alerts.map((alert) => `- **${line(alert.rule)}** (${line(alert.state)}): ${line(alert.summary)}${answerText(alert) === '' ? '' : ` (${line(answerText(alert))})`}`),
    '',
    ...(suspected.length === 0 ? [] : ['## First suspects', '', ...suspected.map((text) => `- ${line(text)}`), '']),
    '## What happened',
    '',
    ...timeline.map(({ at, text, actor }) => `- ${formatTime(at)} ${line(text)}${actor === undefined ? '' : ` (${line(actor)})`}`),
    '',
  ].join('\n');
}
