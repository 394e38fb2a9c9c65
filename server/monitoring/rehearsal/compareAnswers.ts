import { readPredictions, readRows } from '../bodies.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';
import { labelValueOf } from '../labels/labelValue.ts';
import type { LabelOfRow } from '../labels/labelOfRow.ts';
import { flipSlices, type Slice } from './flipSlices.ts';

/** A recorded request with what two releases answered to it. */
export interface AnsweredTwice {
  readonly id: string;
  readonly contentType: string;
  readonly request: string;
  readonly live: string;
  readonly fresh: string;
}

type AnswerValue = string | number | boolean | null;

export interface Agreement {
  readonly rows: number;
  readonly agreed: number;
  readonly tolerance?: number;
  readonly matrix: { readonly live: AnswerValue; readonly fresh: AnswerValue; readonly rows: number }[];
  readonly flips: { readonly requestId: string; readonly row: number; readonly live: AnswerValue; readonly fresh: AnswerValue }[];
  readonly slices: Slice[];
  /** Of the rows whose labels have come: how many, and how often each was right. Of two numbers the one nearer to the label is. */
  readonly right?: { readonly labels: number; readonly live: number; readonly fresh: number };
}

interface Row {
  readonly requestId: string;
  readonly row: number;
  readonly live: AnswerValue;
  readonly fresh: AnswerValue;
}

const mostRows = 20_000;
const mostFlips = 50;
const mostPairs = 25;
const mostColumns = 200;
/** Numbers with more different values than so many are compared as numbers, not as labels. */
const mostLabels = 20;
/** Numbers are alike that differ by at most this part of the standard deviation of the live answers. */
const alikePart = 0.1;

/** How far two releases agree, row by row, and where they do not. @param specs the live release's input columns */
export function compareAnswers(pairs: readonly AnsweredTwice[], specs: readonly ColumnSpec[], labels: readonly LabelOfRow[] = []): Agreement {
  const rows: Row[] = [];
  const columns = new Map<string, unknown[]>();
  for (const { id, contentType, request, live, fresh } of pairs) {
    const [before, now] = [readPredictions(live), readPredictions(fresh)];
    if (before === undefined || now === undefined || before.length !== now.length || rows.length + before.length > mostRows) {
      continue;
    }
    const inputs = readRows(request, contentType, specs);
    for (const [name, values] of inputs?.columns ?? []) {
      if (values.length === before.length && (columns.has(name) || columns.size < mostColumns)) {
        const column = columns.get(name) ?? [];
        column.length = rows.length;
        column.push(...values);
        columns.set(name, column);
      }
    }
    before.forEach((value, row) => rows.push({ requestId: id, row, live: plain(value), fresh: plain(now[row]) }));
  }
  const tolerance = toleranceOf(rows);
  const flipped = rows.map(({ live, fresh }) => !alike(live, fresh, tolerance));
  for (const column of columns.values()) {
    column.length = rows.length;
  }
  const right = whoWasRight(rows, labels, tolerance !== undefined);
  return {
    rows: rows.length,
    agreed: flipped.filter((flip) => !flip).length,
    ...(tolerance === undefined ? {} : { tolerance }),
    matrix: tolerance === undefined ? matrixOf(rows) : [],
    flips: rows.filter((_, index) => flipped[index] === true).slice(0, mostFlips),
    slices: flipSlices({ columns, flipped }),
    ...(right === undefined ? {} : { right }),
  };
}

function plain(value: unknown): AnswerValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : value === null || value === undefined ? null : JSON.stringify(value).slice(0, 200);
}

/** Undefined where the answers are labels. */
function toleranceOf(rows: readonly Row[]): number | undefined {
  const numbers = rows.flatMap(({ live }) => (typeof live === 'number' ? [live] : []));
  if (numbers.length < rows.length || new Set(numbers).size <= mostLabels) {
    return undefined;
  }
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return alikePart * Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length);
}

function alike(live: AnswerValue, fresh: AnswerValue, tolerance: number | undefined): boolean {
  return tolerance !== undefined && typeof live === 'number' && typeof fresh === 'number' ? Math.abs(live - fresh) <= tolerance : live === fresh;
}

function matrixOf(rows: readonly Row[]): Agreement['matrix'] {
  const cells = new Map<string, Agreement['matrix'][number]>();
  for (const { live, fresh } of rows) {
    const key = JSON.stringify([live, fresh]);
    cells.set(key, { live, fresh, rows: (cells.get(key)?.rows ?? 0) + 1 });
  }
  return [...cells.values()].sort((a, b) => b.rows - a.rows).slice(0, mostPairs);
}

/** @param areNumbers the answers are no labels; then the nearer one is right, and both are where they are as near */
function whoWasRight(rows: readonly Row[], labels: readonly LabelOfRow[], areNumbers: boolean): Agreement['right'] {
  const truths = new Map(labels.map(({ request, row, label }) => [JSON.stringify([request, row]), label]));
  const right = { labels: 0, live: 0, fresh: 0 };
  for (const { requestId, row, live, fresh } of rows) {
    const truth = truths.get(JSON.stringify([requestId, row]));
    const [before, now] = [labelValueOf(live), labelValueOf(fresh)];
    const values = [truth, before, now];
    // A probability is neither right nor wrong of a class.
    if (!(values.every((value) => typeof value === 'string') || values.every((value) => typeof value === 'number' && (areNumbers || Number.isInteger(value))))) {
      continue;
    }
    const [farBefore, farNow] = areNumbers ? [Math.abs(Number(before) - Number(truth)), Math.abs(Number(now) - Number(truth))] : [Number(before !== truth), Number(now !== truth)];
    right.labels += 1;
    right.live += Number(areNumbers ? farBefore <= farNow : farBefore === 0);
    right.fresh += Number(areNumbers ? farNow <= farBefore : farNow === 0);
  }
  return right.labels === 0 ? undefined : right;
}
