import Table from 'cli-table3';
import colors from 'picocolors';
import type { MetricValue } from '../contract/values.ts';

/** Where commands write. With `json` only {@link Output.result} writes to standard output. */
export interface Output {
  readonly json: boolean;
  /** The result: `value` as one JSON object for programs, or what `show` returns for people. */
  result(value: unknown, show: () => string): void;
  /** Progress, to standard error. */
  progress(line: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result(value, show) {
      process.stdout.write(`${json ? JSON.stringify(value) : show()}\n`);
    },
    progress(line) {
      process.stderr.write(`${colors.dim(line)}\n`);
    },
  };
}

const plainBorders = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
};

/** Columns that are aligned right are named with a leading `>`. An empty table says `nothing`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], nothing: string): string {
  if (rows.length === 0) {
    return colors.dim(nothing);
  }
  const grid = new Table({
    head: head.map((name) => colors.dim(name.replace(/^>/, ''))),
    colAligns: head.map((name) => (name.startsWith('>') ? 'right' : 'left')),
    chars: plainBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

/** Two columns: what and value. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join('\n');
}

export function short(digest: string | undefined): string {
  return digest === undefined ? '-' : digest.slice(0, 12);
}

/** A text for people in which digests are shortened as {@link short} does. */
export function shortDigests(text: string): string {
  return text.replace(/\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b/g, (digest) => short(digest));
}

export function formatMetric(value: MetricValue | undefined): string {
  if (value === undefined) {
    return '-';
  }
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : value;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power] ?? 'B'}`;
}

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 1000) {
    return `${Number(milliseconds.toPrecision(3))} ms`;
  }
  const seconds = milliseconds / 1000;
  return seconds < 120 ? `${Number(seconds.toPrecision(3))} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Local date and time, to the second. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** How long ago, in one unit. */
export function formatAge(at: number, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 60) {
    return `${seconds} s ago`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ago`;
  }
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}
