import Table from 'cli-table3';
import colors from 'picocolors';
import { shortDigest } from '../contract/format/digests.ts';
import type { MetricValue } from '../contract/values.ts';
import { harmless, harmlessCell, harmlessJson } from './harmless.ts';

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
      process.stdout.write(`${json ? harmlessJson(value) : harmless(show())}\n`);
    },
    progress(line) {
      process.stderr.write(`${harmless(colors.dim(line))}\n`);
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
  grid.push(...rows.map((row) => row.map(harmlessCell)));
  return grid.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

/** Two columns: what and value. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join('\n');
}

/** {@link shortDigest}, or a dash where there is none. */
export function short(digest: string | undefined): string {
  return digest === undefined ? '-' : shortDigest(digest);
}

export function formatMetric(value: MetricValue | undefined): string {
  if (value === undefined) {
    return '-';
  }
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : value;
}
