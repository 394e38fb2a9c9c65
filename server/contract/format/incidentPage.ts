import type { IncidentDetail } from '../alerts.ts';
import { answerText, suspectLines } from './alerts.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { formatTime } from './times.ts';

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:860px;margin:32px auto;padding:0 16px;color:#1f2328;background:#fff}
h1{font-size:1.5em;margin:0 0 4px}h2{font-size:1.1em;margin:28px 0 8px}p{margin:4px 0}.muted{color:#59636e}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid #d1d9e0}td:first-child{white-space:nowrap}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}.muted{color:#9198a1}th,td{border-color:#3d444d}}`;

/** An incident as one HTML file that needs nothing else: no scripts, nothing loaded. Names and texts of others are text. */
export function incidentPage({ id, endpoint, state, severity, title, openedAt, acknowledgedAt, resolvedAt, alerts, timeline, suspects }: IncidentDetail): string {
  const times = [`Since ${formatTime(openedAt)}`, ...(acknowledgedAt === null ? [] : [`acknowledged ${formatTime(acknowledgedAt)}`]), ...(resolvedAt === null ? [] : [`resolved ${formatTime(resolvedAt)}`])];
  const row = (cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  const suspected = suspectLines(suspects);
  return htmlPage({
    heading: `Incident ${id}: ${endpoint}`,
    style,
    body: `<p>${escapeHtml(title)}</p>
<p class="muted">${escapeHtml(`${severity}, ${state}. ${times.join(', ')}.`)}</p>
<h2>Alerts</h2>
<table><thead><tr><th>Rule</th><th>State</th><th>What</th><th>Owner and runbook</th></tr></thead><tbody>${alerts.map((alert) => row([alert.rule, alert.state, alert.summary, answerText(alert)])).join('')}</tbody></table>
${suspected.length === 0 ? '' : `<h2>First suspects</h2>
<ul>${suspected.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>
`}<h2>What happened</h2>
<table><thead><tr><th>At</th><th>What</th><th>By</th></tr></thead><tbody>${timeline.map(({ at, text, actor = '' }) => row([formatTime(at), text, actor])).join('')}</tbody></table>`,
  });
}
