import type { Column } from '../columns/column.ts';
import { seedOf } from '../columns/sample.ts';
import { judgeColumn, type ColumnJudgement } from './judgeColumn.ts';

/** One column of a span, whole and in its consecutive parts. */
export interface WatchedColumn {
  readonly name: string;
  readonly baseline: Column;
  readonly whole: Column;
  /** In order of time, of about as many rows each. */
  readonly parts: readonly Column[];
}

export interface Alarm {
  readonly column: WatchedColumn;
  readonly judgement: Extract<ColumnJudgement, { kind: 'judged' }>;
  /** The first of the parts from which on the column was off without a pause. */
  readonly sincePart: number;
}

export interface Alarms {
  readonly alarms: readonly Alarm[];
  readonly judged: readonly string[];
  readonly notJudged: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The share of spans without drift in which one or more columns are said to have moved, at most: of 1,000 days of hourly
 * windows four have a false alarm, which leaves room to one in a hundred for what the approximations cost.
 */
const falseAlarms = 0.004 / 24;
/** Parts of a span, and how many of them have to be off by themselves, at a bound that one in five is beyond by chance: one burst is no drift. */
export const partsOfSpan = 3;
const partsToBeOff = 2;
const partBound = 0.2;
const leastPart = 15;

/**
 * Which columns have moved: those whose p passes the step-up procedure of Benjamini and Hochberg over all judged columns (1995,
 * https://doi.org/10.1111/j.2517-6161.1995.tb02031.x), and that are off in at least two of the span's three parts. The same for the same values.
 */
export function findAlarms(columns: readonly WatchedColumn[]): Alarms {
  const judgements = columns.map((column) => ({ column, judgement: judgeColumn(column.baseline, column.whole, seedOf(column.name), falseAlarms) }));
  const judged = judgements.flatMap(({ column, judgement }) => (judgement.kind === 'judged' ? [{ column, judgement }] : [])).sort((a, b) => a.judgement.p - b.judgement.p);
  const passing = judged.findLastIndex(({ judgement }, index) => judgement.p <= (falseAlarms * (index + 1)) / judged.length);
  const alarms = judged.slice(0, passing + 1).flatMap((one) => {
    const off = one.column.parts.map((part) => isOff(one.column, part));
    const needed = Math.min(partsToBeOff, off.length);
    return off.filter(Boolean).length >= needed ? [{ ...one, sincePart: off.lastIndexOf(false) + 1 }] : [];
  });
  return {
    alarms,
    judged: judged.map(({ column }) => column.name),
    notJudged: judgements.flatMap(({ column, judgement }) => (judgement.kind === 'not-judged' ? [{ name: column.name, reason: judgement.reason }] : [])),
  };
}

function isOff({ name, baseline }: WatchedColumn, part: Column): boolean {
  const judgement = judgeColumn(baseline, part, seedOf(name), partBound, leastPart);
  return judgement.kind === 'judged' && judgement.p <= partBound;
}
