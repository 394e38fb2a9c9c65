import { emptyCategorical, type CategoricalColumn } from './categoricalColumn.ts';
import type { Column } from './column.ts';
import { emptyNumeric, type NumericColumn } from './numericColumn.ts';
import { PackedReader, PackedWriter } from './packedBytes.ts';
import { trimSample, type Sample } from './sample.ts';

/** A column of a window: an input, or the answers. */
export interface NamedColumn {
  readonly role: 'feature' | 'prediction';
  readonly name: string;
  readonly column: Column;
}

/**
 * Version 1 of the columns of a window, little-endian: a byte with the version; the lists of ranks, each once however many columns drew the same rows; then the columns, each with its
 * role, its name and how long it is, so that one can be read without the others. Typed arrays, and columns, begin at multiples of eight bytes. Whole numbers are in seven bits a byte; drawn values in the smallest type that holds
 * every one of them exactly.
 */
const version = 1;
const roles = ['feature', 'prediction'] as const;
const numericKind = 0;
const categoricalKind = 1;

/** Their order of bytes is that of the machine, which is little-endian wherever VS Code runs. */
const valueTypes = [Int8Array, Int16Array, Int32Array, Float32Array, Float64Array] as const;

export function packColumns(columns: readonly NamedColumn[]): Buffer {
  const rankLists: Uint32Array[] = [];
  const parts = columns.map(({ role, name, column }) => ({ role, name, bytes: packColumn(column, rankLists) }));
  const writer = new PackedWriter();
  writer.byte(version);
  writer.whole(rankLists.length);
  for (const list of rankLists) {
    writer.whole(list.length);
    writer.align();
    writer.raw(bytesOf(list));
  }
  writer.whole(parts.length);
  for (const { role, name, bytes } of parts) {
    writer.byte(roles.indexOf(role));
    writer.text(name);
    writer.whole(bytes.length);
    writer.align();
    writer.raw(bytes);
  }
  return writer.end();
}

/**
 * Reads columns: all, or one.
 * @param sampleLimit of numeric columns, when values are added
 * @throws Error for a version that is not known
 */
export function unpackColumns(packed: Uint8Array, sampleLimit: number, only?: Pick<NamedColumn, 'role' | 'name'>): NamedColumn[] {
  const reader = new PackedReader(packed);
  const found = reader.byte();
  if (found !== version) {
    throw new Error(`Columns of windows are of version ${found}; this Slipway knows ${version}.`);
  }
  const rankLists = Array.from({ length: reader.whole() }, () => {
    const length = reader.whole();
    reader.align();
    const { buffer, byteOffset } = reader.memory(length * Uint32Array.BYTES_PER_ELEMENT);
    return new Uint32Array(buffer, byteOffset, length);
  });
  const columns: NamedColumn[] = [];
  for (let left = reader.whole(); left > 0; left -= 1) {
    const role = roles[reader.byte()] ?? 'feature';
    const name = reader.text();
    const length = reader.whole();
    reader.align();
    const bytes = reader.raw(length);
    if (only === undefined || (only.role === role && only.name === name)) {
      columns.push({ role, name, column: unpackColumn(new PackedReader(bytes), rankLists, sampleLimit) });
    }
  }
  return columns;
}

function packColumn(column: Column, rankLists: Uint32Array[]): Buffer {
  const writer = new PackedWriter();
  writer.byte(column.kind === 'numeric' ? numericKind : categoricalKind);
  writer.whole(column.count);
  writer.whole(column.missing);
  writer.whole(column.invalid);
  if (column.kind === 'numeric') {
    packNumeric(writer, column, rankLists);
  } else {
    packCategorical(writer, column);
  }
  return writer.end();
}

function unpackColumn(reader: PackedReader, rankLists: readonly Uint32Array[], sampleLimit: number): Column {
  const kind = reader.byte();
  const counts = { count: reader.whole(), missing: reader.whole(), invalid: reader.whole() };
  return kind === numericKind ? unpackNumeric(reader, counts, rankLists, sampleLimit) : unpackCategorical(reader, counts);
}

type Counts = Pick<Column, 'count' | 'missing' | 'invalid'>;

function packNumeric(writer: PackedWriter, { mean, m2, min, max, histogram, sample }: NumericColumn, rankLists: Uint32Array[]): void {
  writer.double(mean);
  writer.double(m2);
  writer.double(min ?? Number.NaN);
  writer.double(max ?? Number.NaN);
  writer.whole(histogram?.grid.bins ?? 0);
  if (histogram !== null) {
    writer.double(histogram.grid.low);
    writer.double(histogram.grid.high);
    [histogram.below, histogram.above, ...histogram.counts].forEach((count) => writer.whole(count));
  }
  packSample(writer, sample, rankLists);
}

function unpackNumeric(reader: PackedReader, counts: Counts, rankLists: readonly Uint32Array[], sampleLimit: number): NumericColumn {
  const [mean, m2, min, max] = [reader.double(), reader.double(), reader.double(), reader.double()];
  const bins = reader.whole();
  const column = { ...emptyNumeric(undefined, sampleLimit), ...counts, mean, m2, min: Number.isNaN(min) ? null : min, max: Number.isNaN(max) ? null : max };
  if (bins > 0) {
    const grid = { low: reader.double(), high: reader.double(), bins };
    const [below, above] = [reader.whole(), reader.whole()];
    column.histogram = { grid, below, above, counts: reader.wholes(bins) };
  }
  return { ...column, sample: unpackSample(reader, rankLists, sampleLimit) };
}

function packSample(writer: PackedWriter, sample: Sample, rankLists: Uint32Array[]): void {
  trimSample(sample);
  const values = sample.values.subarray(0, sample.size);
  const type = valueTypes.findIndex((Type) => Type === Float64Array || holds(Type, values));
  writer.whole(sample.of);
  writer.whole(sample.threshold);
  writer.whole(placeOfRanks(sample.ranks.subarray(0, sample.size), rankLists));
  writer.byte(type);
  writer.align();
  writer.raw(bytesOf(new (valueTypes[type] ?? Float64Array)(values)));
}

function unpackSample(reader: PackedReader, rankLists: readonly Uint32Array[], limit: number): Sample {
  const [of, threshold] = [reader.whole(), reader.whole()];
  const list = rankLists[reader.whole()] ?? new Uint32Array(0);
  const Type = valueTypes[reader.byte()] ?? Float64Array;
  reader.align();
  const { buffer, byteOffset } = reader.memory(list.length * Type.BYTES_PER_ELEMENT);
  const values = new Type(buffer, byteOffset, list.length);
  return { limit, of, threshold, size: list.length, ranks: list, values: values instanceof Float64Array ? values : new Float64Array(values) };
}

function holds(Type: (typeof valueTypes)[number], values: Float64Array): boolean {
  const one = new Type(1);
  for (const value of values) {
    one[0] = value;
    // A negative zero is no whole number of these types.
    if (!Object.is(one[0], value)) {
      return false;
    }
  }
  return true;
}

/** The place of a list, which is added where no column before drew the same rows; the last ones are looked at. */
function placeOfRanks(list: Uint32Array, rankLists: Uint32Array[]): number {
  for (let place = rankLists.length - 1; place >= Math.max(0, rankLists.length - 4); place -= 1) {
    const known = rankLists[place];
    if (known?.length === list.length && known.every((rank, index) => rank === list[index])) {
      return place;
    }
  }
  return rankLists.push(list) - 1;
}

function packCategorical(writer: PackedWriter, { values, other, hashes }: CategoricalColumn): void {
  writer.whole(other);
  writer.whole(values.size);
  for (const [value, count] of values) {
    writer.text(value);
    writer.whole(count);
  }
  writer.whole(hashes === null ? 0 : hashes.length + 1);
  hashes?.forEach((hash) => writer.double(hash));
}

function unpackCategorical(reader: PackedReader, counts: Counts): CategoricalColumn {
  const column = { ...emptyCategorical(), ...counts, other: reader.whole() };
  for (let left = reader.whole(); left > 0; left -= 1) {
    const value = reader.text();
    column.values.set(value, reader.whole());
  }
  const hashes = reader.whole();
  column.hashes = hashes === 0 ? null : Array.from({ length: hashes - 1 }, () => reader.double());
  return column;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
