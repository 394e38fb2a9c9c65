import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { parse } from 'csv-parse';
import { sha256OfFile } from '../platform/hash.ts';
import type { DataReference } from '../contract/notebooks.ts';
import type { Signature } from '../contract/registry.ts';
import { csvValue, readPredictions, readRows } from './bodies.ts';
import { addValue, asNumber, emptyColumn, type Column } from './columns/column.ts';
import { rankOf } from './columns/sample.ts';
import { inputColumns, predictionColumn, valuesPerRow, type ColumnSpec } from './columns/columnSpec.ts';
import { gridFor, type Grid } from './columns/numericColumn.ts';

/** Values of each numeric column that are drawn from the training data, at most, in the order of its rows. */
export const baselineSample = 5000;

/** What is asked of a release to find its baseline. */
export interface BaselineInput {
  readonly signature: Signature | undefined;
  readonly data: readonly DataReference[];
  /** The model's recorded request and answer, as JSON values. */
  readonly example: { readonly request: unknown; readonly response?: unknown } | undefined;
}

/** The statistics of the training data; where there is none, those of the input example, which is too little to compare with. */
export interface Baseline {
  readonly source: 'training-data' | 'input-example' | 'none';
  readonly features: ReadonlyMap<string, Column>;
  readonly prediction: Column | undefined;
}

export const baselineSource = z.enum(['training-data', 'input-example', 'none']);

/** A table that can be read again from the start: first for the bins, then for the counts. */
interface Table {
  readonly source: Baseline['source'];
  /** Undefined members: not in this table. */
  rows(): AsyncIterable<ReadonlyMap<string, unknown>>;
  readonly names: ReadonlySet<string>;
}

/** Rows that columns were counted of, told by the first of which each row has as many values; undefined where none is. */
export function rowsOf({ features }: Pick<Baseline, 'features'>, inputs: readonly ColumnSpec[]): number | undefined {
  for (const [name, { count, missing, invalid }] of features) {
    const perRow = valuesPerRow(inputs.find((input) => input.name === name) ?? {});
    if (perRow !== undefined && perRow > 0) {
      return Math.round((count + missing + invalid) / perRow);
    }
  }
  return undefined;
}

/**
 * Takes the baseline from the training data: the first CSV file whose columns include the model's inputs and whose content is still what
 * the release refers to. Else from the model's recorded example.
 */
export async function takeBaseline(input: BaselineInput): Promise<Baseline> {
  const inputs = inputColumns(input.signature);
  const table = (await trainingTable(input.data, inputs)) ?? exampleTable(input, inputs);
  return table === undefined ? { source: 'none', features: new Map(), prediction: undefined } : profile(table, input.signature);
}

/** The rows of a CSV file with a line of names, which a model was trained on, and their statistics. */
export interface ProfiledRows {
  readonly baseline: Baseline;
  /** Without the line of names. */
  readonly rows: number;
}

/**
 * Profiles a CSV file of training rows.
 * @returns the names of the inputs that it lacks, where it lacks any
 */
export async function profileRows(file: string, signature: Signature): Promise<ProfiledRows | { readonly lacking: readonly string[] }> {
  const names = await readHeader(file, ',');
  const lacking = inputColumns(signature).map(({ name }) => name).filter((name) => !names.includes(name));
  if (lacking.length > 0) {
    return { lacking };
  }
  let rows = 0;
  async function* counted(): AsyncGenerator<ReadonlyMap<string, unknown>> {
    rows = 0;
    for await (const row of csvTable(file, ',')) {
      rows += 1;
      yield row;
    }
  }
  const baseline = await profile({ source: 'training-data', names: new Set(names), rows: counted }, signature);
  return { baseline, rows };
}

async function profile(table: Table, signature: Signature | undefined): Promise<Baseline> {
  const inputs = inputColumns(signature);
  const output = predictionColumn(signature);
  const label = output === undefined ? undefined : labelColumn(table, inputs, output);
  const specs = label === undefined ? inputs : [...inputs, label];
  const grids = await findGrids(table, specs);
  const columns = new Map(specs.map(({ name, kind }) => [name, emptyColumn(kind, grids.get(name), baselineSample)]));
  let number = 0;
  for await (const row of table.rows()) {
    for (const [name, column] of columns) {
      if (row.has(name)) {
        addValue(column, row.get(name), rankOf(0, number));
      }
    }
    number += 1;
  }
  return {
    source: table.source,
    features: new Map(inputs.flatMap(({ name }) => {
      const column = columns.get(name);
      return column === undefined ? [] : [[name, column] as const];
    })),
    prediction: label === undefined ? undefined : columns.get(label.name),
  };
}

/** The column that the model predicts: the one of the output's name, else the only one that is no input. */
function labelColumn(table: Table, inputs: readonly ColumnSpec[], output: ColumnSpec): ColumnSpec | undefined {
  const others = [...table.names].filter((name) => !inputs.some((input) => input.name === name));
  const name = others.includes(output.name) ? output.name : others.length === 1 ? others[0] : undefined;
  return name === undefined ? undefined : { ...output, name };
}

async function findGrids(table: Table, specs: readonly ColumnSpec[]): Promise<Map<string, Grid>> {
  const numeric = specs.filter(({ kind }) => kind === 'numeric').map(({ name }) => ({ name, min: Infinity, max: -Infinity, whole: true }));
  for await (const row of table.rows()) {
    for (const range of numeric) {
      const value = asNumber(row.get(range.name) ?? undefined);
      if (value !== undefined) {
        range.min = Math.min(range.min, value);
        range.max = Math.max(range.max, value);
        range.whole &&= Number.isInteger(value);
      }
    }
  }
  return new Map(numeric.filter(({ min, max }) => min <= max).map(({ name, min, max, whole }) => [name, gridFor(min, max, whole)]));
}

const delimiters = [',', ';', '\t'];

async function trainingTable(data: readonly DataReference[], inputs: readonly ColumnSpec[]): Promise<Table | undefined> {
  if (inputs.length === 0) {
    return undefined;
  }
  for (const { path, sha256 } of data) {
    if (!/\.(?:csv|tsv|txt)$/i.test(path)) {
      continue;
    }
    try {
      for (const delimiter of delimiters) {
        const names = await readHeader(path, delimiter);
        if (inputs.every(({ name }) => names.includes(name))) {
          if ((await sha256OfFile(path)) === sha256) {
            return { source: 'training-data', names: new Set(names), rows: () => csvTable(path, delimiter) };
          }
          break;
        }
      }
    } catch {
      // Moved, unreadable or no table: the next one may do.
    }
  }
  return undefined;
}

function csvOptions(delimiter: string): { bom: true; relax_column_count: true; skip_empty_lines: true; delimiter: string } {
  return { bom: true, relax_column_count: true, skip_empty_lines: true, delimiter };
}

async function readHeader(file: string, delimiter: string): Promise<readonly string[]> {
  const stream = createReadStream(file);
  const lines = stream.pipe(parse({ ...csvOptions(delimiter), to: 1 }));
  stream.once('error', (error) => lines.destroy(error));
  try {
    for await (const line of lines as AsyncIterable<string[]>) {
      return line;
    }
    return [];
  } finally {
    stream.destroy();
  }
}

async function* csvTable(file: string, delimiter: string): AsyncGenerator<ReadonlyMap<string, unknown>> {
  const stream = createReadStream(file, { highWaterMark: 1 << 18 });
  const lines = stream.pipe(parse(csvOptions(delimiter)));
  stream.once('error', (error) => lines.destroy(error));
  let names: readonly string[] | undefined;
  for await (const line of lines as AsyncIterable<string[]>) {
    if (names === undefined) {
      names = line;
    } else {
      yield new Map(names.map((name, index) => [name, csvValue(line[index])]));
    }
  }
}

/** Values of a tensor in an example that are shown; it comes with each answer. */
const mostOfTensor = 1000;

/** Values that stand one after the other as nested lists. @param inner the lengths below the rows */
function nested(values: readonly unknown[], inner: readonly number[]): unknown {
  const [size = 1, ...below] = inner;
  const width = values.length / size;
  return below.length === 0 ? values : Array.from({ length: size }, (_, index) => nested(values.slice(index * width, (index + 1) * width), below));
}

/** The first row of the model's input example, by the names of its inputs; empty without one. A tensor's is nested. */
export function firstExampleRow({ example }: BaselineInput, inputs: readonly ColumnSpec[]): ReadonlyMap<string, unknown> {
  const read = example === undefined ? undefined : readRows(JSON.stringify(example.request), 'application/json', inputs);
  return new Map([...(read?.columns ?? [])].flatMap(([name, values]) => {
    const spec = inputs.find((input) => input.name === name);
    if (spec?.shape !== undefined) {
      const most = valuesPerRow(spec) ?? Infinity;
      return most > mostOfTensor || values.length < most ? [] : [[name, nested(values.slice(0, most), spec.shape.slice(1))] as const];
    }
    const [value] = values;
    return value === undefined ? [] : [[name, value] as const];
  }));
}

/** Name under which the recorded answer's predictions go; no input has it. */
const answerName = '\u0000prediction';

function exampleTable({ signature, example }: BaselineInput, inputs: readonly ColumnSpec[]): Table | undefined {
  const read = example === undefined ? undefined : readRows(JSON.stringify(example.request), 'application/json', inputs);
  if (read === undefined || read.count === 0 || inputs.length === 0) {
    return undefined;
  }
  const predictions = example?.response === undefined || signature === undefined ? undefined : readPredictions(JSON.stringify(example.response));
  const columns = new Map(read.columns);
  if (predictions?.length === read.count) {
    columns.set(answerName, predictions);
  }
  // A tensor has more values than there are rows.
  const longest = Math.max(...[...columns.values()].map((values) => values.length));
  const rows = Array.from({ length: longest }, (_, row) => new Map([...columns].flatMap(([name, values]) => (row < values.length ? [[name, values[row]] as const] : []))));
  return {
    source: 'input-example',
    names: new Set(columns.keys()),
    // oxlint-disable-next-line typescript/require-await
    async *rows() {
      yield* rows;
    },
  };
}
