import { formatNumber } from '../../server/contract/format/numbers.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import type { MetricValue } from '../../server/contract/values.ts';

export function formatMetric(value: MetricValue, digits = 4): string {
  return formatNumber(numberOf(value), digits);
}

const fullFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const clockFormat = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

export function formatTime(at: number): string {
  return fullFormat.format(at);
}

/** The time of day. */
export function formatClock(at: number): string {
  return clockFormat.format(at);
}

/** The last part of a path of either kind. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
