import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileWriter, ParquetWriter, schemaFromColumnData, type BasicType } from 'hyparquet-writer';
import { z } from 'zod';
import { flushFile } from '../../platform/files/flush.ts';

/** Rows that are in memory at once, and stand together in the file. */
const groupRows = 50_000;

/** Kinds of values of a column. One that has several is written as the one that holds all. */
type Kind = 'boolean' | 'whole' | 'number' | 'text' | 'nested';

const typeOf: Readonly<Record<Kind, BasicType>> = { boolean: 'BOOLEAN', whole: 'INT64', number: 'DOUBLE', text: 'STRING', nested: 'JSON' };

const leastWhole = -(2n ** 63n);
const mostWhole = 2n ** 63n - 1n;

/** A number that was written as `1.0` or `1e3`: its column is one of numbers, not of whole ones. */
class Real {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  toJSON(): number {
    return this.value;
  }
}

const record = z.record(z.string(), z.unknown());
type Line = z.infer<typeof record>;

/**
 * Writes objects, one a line, as a Parquet file, and brings it to the disk: booleans, whole numbers, numbers and text by what each column has in all rows, the rest as JSON.
 * @param columns that come first, in their order
 * @param lineage what the file was made from, as its metadata `slipway`
 */
export async function writeParquetFile(lines: string, file: string, columns: readonly string[], lineage: string): Promise<void> {
  const kinds = await kindsOf(lines, columns);
  const schema = schemaFromColumnData({ columnData: kinds.map(([name, kind]) => ({ name, data: [], type: typeOf[kind] })) });
  const writer = new ParquetWriter({ writer: fileWriter(file), schema, kvMetadata: [{ key: 'slipway', value: lineage }], createdBy: 'slipway' });
  let group: Line[] = [];
  const flush = async (): Promise<void> => {
    await writer.write({ columnData: kinds.map(([name, kind]) => ({ name, data: group.map((row) => stored(row[name], kind)) })), rowGroupSize: groupRows });
    group = [];
  };
  for await (const row of rowsOf(lines)) {
    group.push(row);
    if (group.length === groupRows) {
      await flush();
    }
  }
  if (group.length > 0) {
    await flush();
  }
  await writer.finish();
  flushFile(file);
}

/** The columns with what they hold; one without a value in any row is text. */
async function kindsOf(lines: string, columns: readonly string[]): Promise<[string, Kind][]> {
  const kinds = new Map<string, Kind | undefined>(columns.map((name) => [name, undefined]));
  for await (const row of rowsOf(lines)) {
    for (const [name, value] of Object.entries(row)) {
      kinds.set(name, both(kinds.get(name), kindOf(value)));
    }
  }
  return [...kinds].map(([name, kind]) => [name, kind ?? 'text']);
}

async function* rowsOf(lines: string): AsyncGenerator<Line> {
  for await (const line of createInterface({ input: createReadStream(lines, { highWaterMark: 1 << 20 }), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') {
      yield record.parse(JSON.parse(line, asWritten));
    }
  }
}

/** Keeps what the text of a number says beyond its value: all digits of a whole one, and that it is none. */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) {
    return value;
  }
  if (/[.eE]/.test(context.source)) {
    return Number.isInteger(value) ? new Real(value) : value;
  }
  return Number.isSafeInteger(value) ? value : BigInt(context.source);
}

function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return value >= leastWhole && value <= mostWhole ? 'whole' : 'number';
    case 'number':
      return Number.isSafeInteger(value) ? 'whole' : 'number';
    case 'string':
      return 'text';
    default:
      return value === null || value === undefined ? undefined : value instanceof Real ? 'number' : 'nested';
  }
}

function both(one: Kind | undefined, other: Kind | undefined): Kind | undefined {
  if (one === undefined || other === undefined || one === other) {
    return one ?? other;
  }
  const pair = new Set([one, other]);
  return pair.has('nested') ? 'nested' : pair.has('whole') && pair.has('number') ? 'number' : 'text';
}

/** A value as its column takes it; null where there is none. */
function stored(value: unknown, kind: Kind): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  switch (kind) {
    case 'whole':
      return typeof value === 'bigint' ? value : BigInt(Number(value));
    case 'number':
      return value instanceof Real ? value.value : Number(value);
    case 'text':
      return typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
    case 'nested':
      return typeof value === 'bigint' ? Number(value) : value;
    default:
      return value;
  }
}
