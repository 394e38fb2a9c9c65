import { standsForInfinity, type MetricValue } from '../../server/contract/values.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A number with at most `digits` significant digits; whole numbers keep all of theirs. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (standsForInfinity(value)) {
    return value > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e').replace(/-/g, '−');
  }
  const format = Number.isInteger(value) || size >= 10 ** digits ? wholeFormat : significantFormat(digits);
  return format.format(value).replace('-', '−');
}

// Making a format takes longer than using it a hundred times.
const wholeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const significantFormats = new Map<number, Intl.NumberFormat>();

function significantFormat(digits: number): Intl.NumberFormat {
  const known = significantFormats.get(digits);
  if (known !== undefined) {
    return known;
  }
  const made = new Intl.NumberFormat('en', { maximumSignificantDigits: digits });
  significantFormats.set(digits, made);
  return made;
}

export function formatMetric(value: MetricValue, digits = 4): string {
  return formatNumber(numberOf(value), digits);
}

/** The double that travels by name when it is not finite, or as the greatest one when it is infinite. */
export function numberOf(value: MetricValue): number {
  const number = Number(value);
  return standsForInfinity(number) ? Math.sign(number) * Infinity : number;
}

/** A share between 0 and 1 in percent; a share that is not 0 never reads as 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) {
    return '<0.01%';
  }
  return `${formatNumber(percent, percent >= 10 ? 3 : 2)}%`;
}

/** A latency in milliseconds. */
export function formatLatency(milliseconds: number): string {
  if (milliseconds >= second) {
    return `${formatNumber(milliseconds / second, 3)} s`;
  }
  return `${formatNumber(milliseconds, 3)} ms`;
}

/** A duration in milliseconds, in its two largest units. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10 * second) {
    return formatLatency(Math.max(0, milliseconds));
  }
  const total = Math.round(milliseconds / second);
  if (total < 60) {
    return `${total} s`;
  }
  if (total < 3600) {
    return `${Math.floor(total / 60)} min${total % 60 === 0 ? '' : ` ${total % 60} s`}`;
  }
  const minutes = Math.round(total / 60);
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  }
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}

/** How long ago, or the date when that is longer than a week. Both in epoch milliseconds. */
export function formatRelative(at: number, now: number): string {
  const age = now - at;
  if (age < 10 * second) {
    return 'just now';
  }
  if (age < minute) {
    return `${Math.floor(age / second)} s ago`;
  }
  if (age < hour) {
    return `${Math.floor(age / minute)} min ago`;
  }
  if (age < day) {
    return `${Math.floor(age / hour)} h ago`;
  }
  if (age < 7 * day) {
    return `${Math.floor(age / day)} d ago`;
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayFormat : dayOfYearFormat).format(at);
}

const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const dayOfYearFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });

const fullFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const clockFormat = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

export function formatTime(at: number): string {
  return fullFormat.format(at);
}

/** The time of day. */
export function formatClock(at: number): string {
  return clockFormat.format(at);
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${formatNumber(value, 3)} ${units[unit] ?? ''}`;
}

export function shortDigest(digest: string): string {
  return digest.slice(0, 8);
}

/** The last part of a path of either kind. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** `1 run`, `2 runs`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
