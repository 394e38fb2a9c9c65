import { answerText } from '../../contract/format/alerts.ts';
import type { AlertMessage } from './channel.ts';

/** Without line ends and other control characters, which a receiver may read as its own. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ');
}

/** `[FIRING] churn: p99 is …`, one line. */
export function headline({ event, endpoint, title }: AlertMessage): string {
  return oneLine(`[${event.toUpperCase()}] ${endpoint}: ${title}`);
}

/** One line an alert, and one for each thing that they may come from. */
export function alertLines({ alerts, suspects = [] }: AlertMessage): string[] {
  const lines = alerts.map((alert) => {
    const { rule, severity, summary, resolvedAt } = alert;
    const answer = answerText(alert);
    return `${resolvedAt === null ? severity : 'ended'} · ${rule}: ${summary}${answer === '' ? '' : ` (${answer})`}`;
  });
  return [...lines, ...suspects.map((text) => `suspect · ${text}`)];
}
