import type { Baseline } from '../baseline.ts';
import { emptyLike, mergeColumn, type Column } from '../columns/column.ts';
import { sameGrid } from '../columns/numericColumn.ts';
import { expectValues } from '../columns/sample.ts';
import { partsOfSpan } from '../verdict/alarms.ts';
import type { SpanReading } from './levels.ts';
import type { TrafficRow, WindowTable } from './windowTable.ts';

/** Values of a numeric column that are kept of the whole span, and of each of its parts, at most. */
const spanSample = 2000;
const partSample = 700;

/** Whose columns: of an endpoint, and the release whose baseline it is. */
export interface Watched {
  readonly endpoint: string;
  readonly reference: string | undefined;
}

/** Columns of a span, or of a part of it. */
export interface SpanColumns {
  readonly features: Map<string, Column>;
  prediction: Column | undefined;
}

export interface LiveColumns {
  readonly features: ReadonlyMap<string, Column>;
  readonly prediction: Column | undefined;
  /** The features as the release of the baseline got them alone, in the bins in which they were counted. */
  readonly ofReference: ReadonlyMap<string, Column>;
  readonly predictionOfReference: Column | undefined;
  /** The same of up to three consecutive parts of the span, of about as many rows each, and when each begins. */
  readonly parts: readonly SpanColumns[];
  readonly partStarts: readonly number[];
}

/** What the columns of a span are counted beside. */
interface Beside {
  /** Its bins are taken over. */
  readonly baseline: Baseline;
  readonly reading: SpanReading;
}

/** Columns that are being added up. */
interface Gathering extends SpanColumns {
  /** Values of a numeric column that are kept, at most. */
  readonly limit: number;
  /** Of the windows that are added. */
  readonly rows: number;
}

/** Reads the columns of a span: of all releases together, and of the release of the baseline by itself. */
export function collectColumns(table: WindowTable, { endpoint, reference }: Watched, releases: readonly string[], { baseline, reading }: Beside): LiveColumns {
  const { from, to, columns: longest } = reading;
  const rows = table.traffic(endpoint, from, to, longest).filter(({ release }) => releases.includes(release));
  const own = rows.filter(({ release }) => release === reference);
  const rowsAt = new Map(rows.map(({ release, at, rows: count }) => [`${release} ${at}`, count]));
  const partStarts = startsOfParts(own);
  const gathering = (limit: number, of: readonly TrafficRow[]): Gathering => ({ features: new Map(), prediction: undefined, limit, rows: sumOfRows(of) });
  const partOf = ({ at }: { readonly at: number }): number => partStarts.findLastIndex((start) => at >= start);
  const all = gathering(spanSample, rows);
  const whole = gathering(spanSample, own);
  const parts = partStarts.map((_, part) => gathering(partSample, own.filter((row) => partOf(row) === part)));
  for (const release of releases) {
    for (const { role, name, at, column } of table.columns({ endpoint, release, from, to, longest })) {
      const start = (into: Gathering, like: Column): Column => startColumn(into, like, column, rowsAt.get(`${release} ${at}`));
      const part = parts[partOf({ at })];
      const ofReference = release === reference ? [whole, ...(part === undefined ? [] : [part])] : [];
      if (role === 'feature') {
        mergeInto(all.features, name, column, () => start(all, baseline.features.get(name) ?? column));
        ofReference.forEach((into) => mergeInSameBins(into.features, name, column, () => start(into, column)));
      } else {
        all.prediction ??= start(all, baseline.prediction ?? column);
        mergeColumn(all.prediction, column);
        for (const into of ofReference) {
          into.prediction ??= start(into, column);
          mergeColumn(into.prediction, column);
        }
      }
    }
  }
  return { features: all.features, prediction: all.prediction, ofReference: whole.features, predictionOfReference: whole.prediction, parts, partStarts };
}

function sumOfRows(rows: readonly TrafficRow[]): number {
  return rows.reduce((sum, row) => sum + row.rows, 0);
}

/** An empty column that gets as many values a row as the first of its windows has. @param rows of that window */
function startColumn(into: Gathering, like: Column, first: Column, rows = 0): Column {
  const column = emptyLike(like, into.limit);
  if (column.kind === 'numeric' && first.kind === 'numeric' && rows > 0) {
    expectValues(column.sample, (into.rows * first.sample.of) / rows);
  }
  return column;
}

/** Cuts windows where a third of their rows, and two thirds, have come; a window is never cut. */
function startsOfParts(rows: readonly TrafficRow[]): number[] {
  const all = sumOfRows(rows);
  const starts: number[] = [];
  let before = 0;
  for (const row of rows) {
    if (row.rows > 0 && before >= (starts.length * all) / partsOfSpan && starts.length < partsOfSpan && row.at !== starts.at(-1)) {
      starts.push(row.at);
    }
    before += row.rows;
  }
  return starts;
}

function mergeInto(columns: Map<string, Column>, name: string, column: Column, start: () => Column): void {
  let known = columns.get(name);
  if (known === undefined) {
    known = start();
    columns.set(name, known);
  }
  mergeColumn(known, column);
}

/** Values that were counted in other bins take the histogram away: theirs could only be guessed. */
export function mergeInSameBins(columns: Map<string, Column>, name: string, column: Column, start: () => Column = () => emptyLike(column, spanSample)): void {
  const known = columns.get(name);
  mergeInto(columns, name, column, start);
  if (known?.kind === 'numeric' && known.histogram !== null && column.kind === 'numeric' && (column.histogram === null || !sameGrid(known.histogram.grid, column.histogram.grid))) {
    known.histogram = null;
  }
}
