import { z } from 'zod';
import type { KnownSummary } from '../../contract/columnSummary.ts';
import {
  addCategory,
  categoricalColumn,
  emptyCategorical,
  mergeCategorical,
  readCategorical,
  storeCategorical,
  summarizeCategorical,
  type CategoricalColumn,
} from './categoricalColumn.ts';
import { addNumber, emptyNumeric, mergeNumeric, storedNumeric, summarizeNumeric, type Grid, type NumericColumn } from './numericColumn.ts';
import { readSample, storeSample } from './sample.ts';

export type ColumnKind = 'numeric' | 'categorical';

/** Statistics of one column over one window, of live traffic or of the training data. */
export type Column = NumericColumn | CategoricalColumn;

const storedColumn = z.discriminatedUnion('kind', [storedNumeric, categoricalColumn]);

/** Values that are drawn from a numeric column of one window, at most. */
export const windowSample = 256;

/** @param sampleLimit values of a numeric column that are kept, at most */
export function emptyColumn(kind: ColumnKind, bins: Grid | undefined, sampleLimit = windowSample): Column {
  return kind === 'numeric' ? emptyNumeric(bins, sampleLimit) : emptyCategorical();
}

/** An empty column of the kind and in the bins of another. */
export function emptyLike(column: Column, sampleLimit: number): Column {
  return emptyColumn(column.kind, column.kind === 'numeric' ? column.histogram?.grid : undefined, sampleLimit);
}

/** A column as it is stored: its statistics as text, and the values that were drawn from it. */
export interface StoredColumn {
  readonly statistics: string;
  readonly sample: Uint8Array | null;
}

export function storeColumn(column: Column): StoredColumn {
  if (column.kind === 'categorical') {
    return { statistics: JSON.stringify(storeCategorical(column)), sample: null };
  }
  const { sample, ...statistics } = column;
  return { statistics: JSON.stringify(statistics), sample: storeSample(sample) };
}

/** @param sampleLimit of a numeric column, when values are added to it */
export function readColumn({ statistics, sample }: StoredColumn, sampleLimit = windowSample): Column {
  const stored = storedColumn.parse(JSON.parse(statistics));
  return stored.kind === 'numeric' ? { ...stored, sample: readSample(sample, sampleLimit) } : readCategorical(stored);
}

/** Adds another column's values. A column of the other kind is counted as invalid values. */
export function mergeColumn(into: Column, other: Column): void {
  if (into.kind === 'numeric' && other.kind === 'numeric') {
    mergeNumeric(into, other);
  } else if (into.kind === 'categorical' && other.kind === 'categorical') {
    mergeCategorical(into, other);
  } else {
    into.missing += other.missing;
    into.invalid += other.count + other.invalid;
  }
}

export function summarizeColumn(column: Column): KnownSummary {
  return column.kind === 'numeric' ? summarizeNumeric(column) : summarizeCategorical(column);
}

/** Texts that pandas reads as missing in a CSV file (`pandas.read_csv`, `na_values`). */
const missingTexts = new Set([
  '', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null',
]);

export function isMissingText(text: string): boolean {
  return missingTexts.has(text);
}

/**
 * Adds one value as it came in a request, an answer or a data file, by what the column expects.
 * @param rank of its row, by which it is drawn into the sample
 */
export function addValue(column: Column, value: unknown, rank: number): void {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) {
    column.missing += 1;
    return;
  }
  if (column.kind === 'numeric') {
    const number = asNumber(value);
    if (number === undefined) {
      column.invalid += 1;
    } else {
      addNumber(column, number, rank);
    }
    return;
  }
  const text = asCategory(value);
  if (text === undefined) {
    column.invalid += 1;
  } else {
    addCategory(column, text);
  }
}

/** Numbers, and what numpy converts to numbers. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : undefined;
  }
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  if (typeof value === 'string' && value.trim() !== '') {
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  }
  return undefined;
}

function asCategory(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return String(value);
    case 'boolean':
      // As pandas writes it into a file of training data.
      return value ? 'True' : 'False';
    default:
      return undefined;
  }
}
