import { answerText } from '../../contract/format/alerts.ts';
import type { AlertMessage } from './channel.ts';

/** `[FIRING] churn: p99 is …`, one line. */
export function headline({ event, endpoint, title }: AlertMessage): string {
  return `[${event.toUpperCase()}] ${endpoint}: ${title}`.replace(/\s+/g, ' ');
}

/** One line an alert. */
export function alertLines({ alerts }: AlertMessage): string[] {
  return alerts.map((alert) => {
    const { rule, severity, summary, resolvedAt } = alert;
    const answer = answerText(alert);
    return `${resolvedAt === null ? severity : 'ended'} · ${rule}: ${summary}${answer === '' ? '' : ` (${answer})`}`;
  });
}
