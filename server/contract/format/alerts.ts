import { ruleFacts, type FirstSuspects, type RuleId, type RuleSettings } from '../alerts.ts';
import { metricFacts } from '../performance.ts';
import { formatLatency } from './durations.ts';
import { formatNumber, formatShare } from './numbers.ts';
import { formatSpan } from './times.ts';

/** A value of a rule in its unit. */
export function ruleValueText(rule: RuleId, value: number): string {
  const { unit } = ruleFacts[rule];
  return unit === 'share' ? formatShare(value) : unit === 'milliseconds' ? formatLatency(value) : formatNumber(value, 3);
}

/** `share of failed requests above 5% in 5 min, for 1 min, of at least 20`. */
export function conditionText(rule: RuleId, { threshold, windowMinutes, forMinutes, minimum, metric }: RuleSettings): string {
  const says = rule === 'performance' ? `${metricFacts[metric].label} ${metricFacts[metric].better === 'greater' ? 'below' : 'above'}` : ruleFacts[rule].says;
  const bound = ruleFacts[rule].unit === 'none' ? says : `${says} ${ruleValueText(rule, threshold)} in ${minutesText(windowMinutes)}`;
  return [bound, ...(forMinutes === 0 ? [] : [`for ${minutesText(forMinutes)}`]), ...(minimum === 0 ? [] : [`of at least ${formatNumber(minimum)}`])].join(', ');
}

/** `owner: payments, runbook: https://…`; empty where nobody has said either. */
export function answerText({ owner, runbook }: { readonly owner: string; readonly runbook: string }): string {
  return [...(owner === '' ? [] : [`owner: ${owner}`]), ...(runbook === '' ? [] : [`runbook: ${runbook}`])].join(', ');
}

/** What an incident may come from, one line each; none where nothing was looked at. */
export function suspectLines(suspects: FirstSuspects | null): string[] {
  if (suspects === null) {
    return [];
  }
  const { from, to, found, more, verdict } = suspects;
  return [
    ...found.map(({ name, text }) => (name === '' ? text : `${name}: ${text}`)),
    ...(more === 0 ? [] : [`and ${formatNumber(more)} more`]),
    ...(verdict === undefined ? [] : [`traffic ${formatSpan(from, to)}: ${verdict}`]),
  ];
}

/** `5 min`, `7 days`. */
export function minutesText(minutes: number): string {
  return minutes >= 2880 && minutes % 1440 === 0 ? `${minutes / 1440} days` : minutes >= 120 && minutes % 60 === 0 ? `${minutes / 60} h` : `${formatNumber(minutes)} min`;
}
