import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { isRecord } from '../contract/values.ts';
import { readPythonJson } from '../platform/pythonJson.ts';
import { isMissingText } from './columns/column.ts';
import type { ColumnSpec } from './columns/columnSpec.ts';

/** The rows of a request: for each column its values, `undefined` where a row lacks it. A tensor has all values of a row one after the other. */
export interface Rows {
  readonly count: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

const list = z.array(z.unknown());
/** A tensor of the Open Inference Protocol v2; its data is row-major, flat or nested. */
const tensor = z.object({ name: z.string(), shape: z.array(z.number().int().nonnegative()).min(1), datatype: z.string(), data: list });
const tensorList = z.array(tensor).min(1);
const splitFrame = z.object({ columns: list.optional(), data: list });

/**
 * The rows of a body for MLflow's `/invocations`: `dataframe_split`, `dataframe_records`, `instances`, `inputs` or CSV.
 * @param specs the model's input columns, which name values that come by position
 * @returns undefined when the body is none of these
 */
export function readRows(text: string, contentType: string, specs: readonly ColumnSpec[]): Rows | undefined {
  const read = readForm(text, contentType, specs);
  const tensors = specs.filter(({ shape }) => shape !== undefined);
  if (read === undefined || tensors.length === 0) {
    return read;
  }
  const columns = new Map(read.columns);
  for (const { name } of tensors) {
    const values = columns.get(name);
    if (values !== undefined) {
      columns.set(name, values.flat(Infinity));
    }
  }
  return { count: read.count, columns };
}

/** The rows as a body has them, whatever its form; the values of a tensor may be nested. */
function readForm(text: string, contentType: string, specs: readonly ColumnSpec[]): Rows | undefined {
  const [mime = ''] = contentType.split(';', 1);
  if (mime.trim().toLowerCase() === 'text/csv') {
    return csvRows(text);
  }
  const body = readPythonJson(text);
  if (!isRecord(body)) {
    return undefined;
  }
  if ('dataframe_split' in body) {
    const split = splitFrame.safeParse(body['dataframe_split']).data;
    return split === undefined ? undefined : positionalRows(split.data, split.columns?.map(String), specs);
  }
  const tensors = tensorList.safeParse(body['inputs']).data;
  if (tensors !== undefined) {
    return tensorRows(tensors, specs);
  }
  const given = body['dataframe_records'] ?? body['instances'] ?? body['inputs'];
  if (Array.isArray(given)) {
    return given.every(isRecord) ? recordRows(given) : positionalRows(given, undefined, specs);
  }
  return isRecord(given) ? columnRows(given) : undefined;
}

function recordRows(records: readonly Record<string, unknown>[]): Rows {
  const columns = new Map<string, unknown[]>();
  for (const [row, each] of records.entries()) {
    for (const [name, value] of Object.entries(each)) {
      let column = columns.get(name);
      if (column === undefined) {
        column = new Array<unknown>(records.length).fill(undefined);
        columns.set(name, column);
      }
      column[row] = value;
    }
  }
  return { count: records.length, columns };
}

/** @param named names of the columns, where the body has them */
function positionalRows(rows: readonly unknown[], named: readonly string[] | undefined, specs: readonly ColumnSpec[]): Rows {
  if (rows.every(isRecord)) {
    return recordRows(rows);
  }
  const [only] = specs;
  if (named === undefined && specs.length === 1 && only?.shape !== undefined) {
    return { count: rows.length, columns: new Map([[only.name, rows]]) };
  }
  const names = named ?? specs.map(({ name }) => name);
  const lists = rows.map((row) => (Array.isArray(row) ? (row as readonly unknown[]) : [row]));
  const width = lists.reduce((widest, row) => Math.max(widest, row.length), 0);
  const columns = Array.from({ length: width }, (_, index) => [names[index] ?? String(index), lists.map((row) => row[index])] as const);
  return { count: rows.length, columns: new Map(columns) };
}

/** One tensor a column, or one for all of them: a matrix, or the only tensor of the model, whatever its name. */
function tensorRows(tensors: readonly z.infer<typeof tensor>[], specs: readonly ColumnSpec[]): Rows {
  const [first] = tensors;
  const count = first?.shape[0] ?? 0;
  const width = first?.shape[1] ?? 1;
  const [only] = specs;
  if (tensors.length === 1 && first !== undefined && specs.length === 1 && only?.shape !== undefined) {
    return { count, columns: new Map([[only.name, first.data]]) };
  }
  if (tensors.length === 1 && first !== undefined && width > 1) {
    return positionalRows(matrix(first), undefined, specs);
  }
  return { count, columns: new Map(tensors.map((each) => [each.name, each.data.flat(Infinity)])) };
}

function matrix({ shape, data }: z.infer<typeof tensor>): unknown[][] {
  const width = shape[1] ?? 1;
  const values: unknown[] = data.flat(Infinity);
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => values.slice(row * width, (row + 1) * width));
}

/** Columns by name; a single value stands for every row. */
function columnRows(given: Record<string, unknown>): Rows {
  const lengths = Object.values(given).flatMap((column) => (Array.isArray(column) ? [column.length] : []));
  const count = lengths.length === 0 ? 1 : Math.max(...lengths);
  const columns = Object.entries(given).map(([name, column]) => {
    const values: readonly unknown[] = Array.isArray(column) ? column : new Array<unknown>(count).fill(column);
    return [name, values.map((value) => (Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value))] as const;
  });
  return { count, columns: new Map(columns) };
}

function csvRows(text: string): Rows | undefined {
  let lines: string[][];
  try {
    lines = parseCsv(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch {
    return undefined;
  }
  const [header, ...rows] = lines;
  if (header === undefined) {
    return undefined;
  }
  const values = header.map((name, index) => [name, rows.map((row) => csvValue(row[index]))] as const);
  return { count: rows.length, columns: new Map(values) };
}

/** A CSV field, or null where pandas reads none. */
export function csvValue(text: string | undefined): string | null {
  return text === undefined || isMissingText(text) ? null : text;
}

/** The predictions of an answer, one a row; undefined when it is an answer of neither MLflow nor the Open Inference Protocol v2. */
export function readPredictions(text: string): readonly unknown[] | undefined {
  const document = readPythonJson(text);
  const output = isRecord(document) && Array.isArray(document['outputs']) ? tensor.safeParse(document['outputs'][0]).data : undefined;
  if (output !== undefined) {
    return matrix(output).map(singlePrediction);
  }
  const given = isRecord(document) ? document['predictions'] : document;
  if (Array.isArray(given)) {
    return given.map(singlePrediction);
  }
  if (isRecord(given)) {
    const [first] = Object.values(given);
    return Array.isArray(first) ? first.map(singlePrediction) : undefined;
  }
  return undefined;
}

/** One value for a row: the only one, the probability of the second of two classes, or the number of the likeliest class. */
function singlePrediction(prediction: unknown): unknown {
  if (isRecord(prediction)) {
    return singlePrediction(Object.values(prediction)[0]);
  }
  if (!Array.isArray(prediction)) {
    return prediction;
  }
  const values: readonly unknown[] = prediction;
  if (values.length <= 2) {
    return values.at(-1);
  }
  const numbers = values.map((value) => (typeof value === 'number' ? value : Number.NEGATIVE_INFINITY));
  return numbers.indexOf(Math.max(...numbers));
}
