import type { Baseline } from '../baseline.ts';
import { emptyColumn, mergeColumn, type Column } from '../columns/column.ts';
import { sameGrid } from '../columns/numericColumn.ts';
import { partsOfSpan } from '../verdict/alarms.ts';
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
  /** Windows of the span, in order of time. */
  readonly rows: readonly TrafficRow[];
}

/** Reads the columns of a span: of all releases together, and of the release of the baseline by itself. */
export function collectColumns(table: WindowTable, { endpoint, reference }: Watched, releases: readonly string[], from: number, to: number, { baseline, rows }: Beside): LiveColumns {
  const features = new Map<string, Column>();
  const whole: SpanColumns = { features: new Map(), prediction: undefined };
  const partStarts = startsOfParts(rows.filter(({ release }) => release === reference));
  const parts: SpanColumns[] = partStarts.map(() => ({ features: new Map(), prediction: undefined }));
  let prediction: Column | undefined;
  for (const release of releases) {
    for (const { role, name, at, column } of table.columns(endpoint, release, from, to)) {
      const own = release === reference ? [whole, ...parts.filter((_, index) => at >= (partStarts[index] ?? 0) && at < (partStarts[index + 1] ?? Infinity))] : [];
      if (role === 'feature') {
        mergeInto(features, name, column, baseline.features.get(name), spanSample);
        own.forEach((columns) => mergeInSameBins(columns.features, name, column, columns === whole ? spanSample : partSample));
      } else {
        prediction ??= emptyLike(column, baseline.prediction, spanSample);
        mergeColumn(prediction, column);
        for (const columns of own) {
          columns.prediction ??= emptyLike(column, undefined, columns === whole ? spanSample : partSample);
          mergeColumn(columns.prediction, column);
        }
      }
    }
  }
  return { features, prediction, ofReference: whole.features, predictionOfReference: whole.prediction, parts, partStarts };
}

/** Cuts windows where a third of their rows, and two thirds, have come; a window is never cut. */
function startsOfParts(rows: readonly TrafficRow[]): number[] {
  const all = rows.reduce((sum, row) => sum + row.rows, 0);
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

function mergeInto(columns: Map<string, Column>, name: string, column: Column, like: Column | undefined, sampleLimit: number): void {
  const known = columns.get(name) ?? emptyLike(column, like, sampleLimit);
  mergeColumn(known, column);
  columns.set(name, known);
}

/** Values that were counted in other bins take the histogram away: theirs could only be guessed. */
export function mergeInSameBins(columns: Map<string, Column>, name: string, column: Column, sampleLimit = spanSample): void {
  const known = columns.get(name);
  mergeInto(columns, name, column, undefined, sampleLimit);
  if (known?.kind === 'numeric' && known.histogram !== null && column.kind === 'numeric' && (column.histogram === null || !sameGrid(known.histogram.grid, column.histogram.grid))) {
    known.histogram = null;
  }
}

/** An empty column with the baseline's bins where it has them, else with the live ones. */
function emptyLike(column: Column, baseline: Column | undefined, sampleLimit: number): Column {
  const kind = baseline?.kind ?? column.kind;
  const histogram = baseline?.kind === 'numeric' ? baseline.histogram : column.kind === 'numeric' ? column.histogram : null;
  return emptyColumn(kind, histogram?.grid, sampleLimit);
}
