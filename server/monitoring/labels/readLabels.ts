import { parse as parseCsv } from 'csv-parse/sync';
import { mostLabels } from '../../contract/performance.ts';
import { isRecord } from '../../contract/values.ts';
import { messageOf, Problem } from '../../platform/errors.ts';
import type { GivenLabels } from './labelMessages.ts';
import { labelValueOf, type LabelValue } from './labelValue.ts';

/** A label that was checked. */
export interface ReadLabel {
  /** A request id, or a value of the key column. */
  readonly key: string;
  readonly row: number;
  readonly label: LabelValue;
  /** Since when it is known, in epoch milliseconds, where the sender says so. */
  readonly knownAt: number | undefined;
}

const longestText = 1000;

/**
 * Reads labels in whichever form they came and checks each of them; one that cannot be used refuses all, so that nothing is written by halves.
 * @throws Problem `invalid-input` that names the row (from 1, as a file counts them without its header), the field and what to do
 */
export function readLabels(given: GivenLabels): ReadLabel[] {
  const rows = rowsOf(given);
  if (rows.length === 0) {
    throw new Problem('invalid-input', 'There are no labels.', { field: 'labels', remedy: 'Send at least one, in "labels", "csv" or "jsonLines".' });
  }
  if (rows.length > mostLabels) {
    throw new Problem('too-large', `${rows.length} labels are more than ${mostLabels} in one call.`, { field: 'labels', remedy: `Send them in parts of ${mostLabels}; "slipway labels" does.` });
  }
  const keyField = given.keyColumn ?? 'request_id';
  const seen = new Map<string, number>();
  return rows.map((row, index) => {
    const read = readRow(row, index + 1, keyField, given);
    const identity = JSON.stringify([read.key, read.row, given.keyColumn === undefined ? 0 : (read.knownAt ?? 0)]);
    const before = seen.get(identity);
    if (before !== undefined && rows.length > 1) {
      const other = readRow(rows[before - 1] ?? {}, before, keyField, given);
      if (other.label !== read.label && other.knownAt === read.knownAt) {
        refuse(index + 1, given.labelColumn, `row ${before} says ${String(other.label)} of the same ${keyField}, this one ${String(read.label)}`, 'Keep one of them, or say by "at" which one is newer.');
      }
    }
    seen.set(identity, index + 1);
    return read;
  });
}

function refuse(row: number, field: string, what: string, remedy: string): never {
  throw new Problem('invalid-input', `row ${row}, ${field}: ${what}. No label was written.`, { field, remedy });
}

function rowsOf({ labels, csv, jsonLines }: GivenLabels): readonly Record<string, unknown>[] {
  if ([labels, csv, jsonLines].filter((form) => form !== undefined).length > 1) {
    throw new Problem('invalid-input', 'Labels came in several forms.', { field: 'labels', remedy: 'Send one of "labels", "csv" and "jsonLines".' });
  }
  if (csv !== undefined) {
    try {
      return parseCsv(csv, { bom: true, columns: true, skip_empty_lines: true, trim: true });
    } catch (error) {
      throw new Problem('invalid-input', `The CSV cannot be read: ${messageOf(error)}`, { field: 'csv', remedy: 'The first line names the columns, each further one has as many fields.' });
    }
  }
  return jsonLines === undefined ? (labels ?? []) : readLines(jsonLines);
}

function readLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    let read: unknown;
    try {
      read = JSON.parse(line);
    } catch {
      read = undefined;
    }
    return isRecord(read) ? read : refuse(index + 1, 'jsonLines', 'is no JSON object', 'Write one object a line.');
  });
}

function readRow(row: Record<string, unknown>, number: number, keyField: string, { keyColumn, labelColumn }: GivenLabels): ReadLabel {
  const key = labelValueOf(row[keyField]);
  if (key === undefined) {
    const remedy =
      keyColumn === undefined
        ? 'Give the id that the answer had in its header x-request-id, or name the input column that tells rows apart as "keyColumn" (--key).'
        : 'Give the value that the row had in this column when it was predicted.';
    refuse(number, keyField, 'is missing', remedy);
  }
  const label = labelValueOf(row[labelColumn]);
  if (label === undefined) {
    refuse(number, labelColumn, 'is missing or is neither a number, a text nor a truth value', 'Leave out rows whose label is not known yet; name another column as "labelColumn" (--label).');
  }
  for (const [field, value] of [[keyField, key], [labelColumn, label]] as const) {
    if (String(value).length > longestText) {
      refuse(number, field, `is longer than ${longestText} characters`, 'Labels are numbers or names of classes.');
    }
  }
  // A request id is text, also one that looks like a number.
  const given = row[keyField];
  return { key: keyColumn === undefined && typeof given === 'string' ? given.trim() : String(key), row: rowNumber(row['row'], number, keyColumn), label, knownAt: timeOf(row['at'], number) };
}

function rowNumber(given: unknown, number: number, keyColumn: string | undefined): number {
  if (given === undefined || given === null || given === '' || keyColumn !== undefined) {
    return 0;
  }
  const value = Number(given);
  return Number.isInteger(value) && value >= 0 ? value : refuse(number, 'row', 'is no whole number from 0', 'It is the place of the row in its request; leave it out where requests have one row.');
}

function timeOf(given: unknown, number: number): number | undefined {
  if (given === undefined || given === null || given === '') {
    return undefined;
  }
  const time = typeof given === 'number' ? given : typeof given !== 'string' ? Number.NaN : /^\d{9,}$/.test(given) ? Number(given) : Date.parse(given);
  return Number.isFinite(time) && time >= 0 ? Math.trunc(time) : refuse(number, 'at', 'is no time', 'Write ISO 8601, such as 2026-11-30T12:00:00Z, or epoch milliseconds.');
}
