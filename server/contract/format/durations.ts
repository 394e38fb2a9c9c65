import { formatNumber } from './numbers.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A latency in milliseconds: `4.61 ms`, `1.2 s`. */
export function formatLatency(milliseconds: number): string {
  if (milliseconds >= second) {
    return `${formatNumber(milliseconds / second, 3)} s`;
  }
  return `${formatNumber(milliseconds, 3)} ms`;
}

/** A duration in milliseconds, in its two largest units: `212 ms`, `4.21 s`, `1 min 34 s`, `3 h 1 min`, `4 d`. */
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

/** How long ago, in one unit, or the date when that is longer than a week. Both in epoch milliseconds. */
export function formatAge(at: number, now: number = Date.now()): string {
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
