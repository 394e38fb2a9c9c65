/** Ranks are whole numbers below this; a sample with it as its threshold has every value. */
const ranks = 2 ** 32;

/**
 * Values of a column drawn by the rank of their row, a hash: those whose rank is below the threshold, which falls as values come, so that
 * about `limit` of them stay (threshold sampling; for one limit the values of the `limit` smallest ranks, E. Cohen and H. Kaplan, Summarizing data
 * using bottom-k sketches, 2007, https://doi.org/10.1145/1281100.1281133). Each value is as likely to be in it as any other. Which ones are depends on
 * the values alone: samples merge in any order to the same values. They stay in the order in which they came.
 */
export interface Sample {
  readonly limit: number;
  /** Values that it was drawn from. */
  of: number;
  threshold: number;
  /** How many values it has: the first so many of `ranks` and `values`, which have room for more. */
  size: number;
  ranks: Uint32Array;
  values: Float64Array;
}

export function emptySample(limit: number): Sample {
  return { limit, of: 0, threshold: ranks, size: 0, ranks: new Uint32Array(0), values: new Float64Array(0) };
}

/** Lowers the threshold of a sample without values so that about its limit of so many stay, which spares lowering it again and again. */
export function expectValues(sample: Sample, count: number): void {
  if (count > sample.limit) {
    sample.threshold = Math.min(sample.threshold, Math.ceil((ranks * sample.limit) / count));
  }
  makeRoom(sample, Math.ceil(Math.min(count, 1.1 * sample.limit)));
}

/** The values that were drawn, in the order in which they came. */
export function drawnValues({ values, size }: Sample): Float64Array {
  return values.subarray(0, size);
}

/** Hash of a text (FNV-1a, 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/), to draw the ranks of a request's rows from. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The rank of a row: the finalizer of MurmurHash3 over seed and position. */
export function rankOf(seed: number, position: number): number {
  let hash = (seed ^ Math.imul(position + 1, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function addToSample(sample: Sample, rank: number, value: number): void {
  sample.of += 1;
  if (rank < sample.threshold) {
    makeRoom(sample, sample.size + 1);
    put(sample, rank, value);
    if (sample.size >= 2 * sample.limit) {
      trimSample(sample);
    }
  }
}

/** Adds the values of another sample. */
export function mergeSample(into: Sample, other: Sample): void {
  into.of += other.of;
  if (other.threshold < into.threshold) {
    keepBelow(into, other.threshold);
  }
  const places = placesBelow(other, into.threshold);
  makeRoom(into, into.size + places.length);
  for (const place of places) {
    put(into, other.ranks[place] ?? 0, other.values[place] ?? 0);
  }
  if (into.size >= 2 * into.limit) {
    trimSample(into);
  }
}

/** Answers of {@link placesBelow} for lists that are full, which are never changed in place: the columns of a window that drew the same rows share one. */
const places = new WeakMap<Uint32Array, Map<number, Uint32Array>>();
const rememberedThresholds = 4;

function placesBelow({ ranks: all, size }: Sample, threshold: number): Uint32Array {
  const known = size === all.length ? (places.get(all) ?? new Map<number, Uint32Array>()) : undefined;
  const found = known?.get(threshold);
  if (found !== undefined) {
    return found;
  }
  const below = new Uint32Array(size);
  let count = 0;
  for (let place = 0; place < size; place += 1) {
    if ((all[place] ?? 0) < threshold) {
      below[count] = place;
      count += 1;
    }
  }
  const answer = below.subarray(0, count);
  if (known !== undefined && known.size < rememberedThresholds) {
    places.set(all, known.set(threshold, answer));
  }
  return answer;
}

/** Lowers the threshold until no more values than the limit are below it. */
export function trimSample(sample: Sample): void {
  if (sample.size > sample.limit) {
    keepBelow(sample, rankAt(sample, sample.limit));
  }
}

function makeRoom(sample: Sample, needed: number): void {
  if (needed <= sample.ranks.length) {
    return;
  }
  const room = Math.max(16, needed, 2 * sample.ranks.length);
  const { ranks: before, values, size } = sample;
  sample.ranks = new Uint32Array(room);
  sample.values = new Float64Array(room);
  sample.ranks.set(before.subarray(0, size));
  sample.values.set(values.subarray(0, size));
}

function put(sample: Sample, rank: number, value: number): void {
  sample.ranks[sample.size] = rank;
  sample.values[sample.size] = value;
  sample.size += 1;
}

const buckets = 1024;

/** The rank at a place of the sorted ones. Ranks are even, so that few share the bucket of the one that is looked for. */
function rankAt({ ranks: all, size, threshold }: Sample, place: number): number {
  const counts = new Uint32Array(buckets);
  const scale = buckets / threshold;
  for (let index = 0; index < size; index += 1) {
    const bucket = ((all[index] ?? 0) * scale) | 0;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  let [before, bucket] = [0, 0];
  while (bucket < buckets && before + (counts[bucket] ?? 0) <= place) {
    before += counts[bucket] ?? 0;
    bucket += 1;
  }
  return all.subarray(0, size).filter((rank) => ((rank * scale) | 0) === bucket).sort()[place - before] ?? ranks;
}

/** Keeps the values that a test of rank and value lets through, in new arrays: a window's columns that drew the same rows share theirs. */
function keepWhere(sample: Sample, isKept: (rank: number, value: number) => boolean): void {
  const { ranks: before, values, size } = sample;
  sample.ranks = new Uint32Array(before.length);
  sample.values = new Float64Array(before.length);
  sample.size = 0;
  for (let index = 0; index < size; index += 1) {
    const [rank, value] = [before[index] ?? 0, values[index] ?? 0];
    if (isKept(rank, value)) {
      put(sample, rank, value);
    }
  }
}

function keepBelow(sample: Sample, threshold: number): void {
  keepWhere(sample, (rank) => rank < threshold);
  sample.threshold = threshold;
}

/** Takes a value out, by its text. @returns whether it was there */
export function dropFromSample(sample: Sample, text: string): boolean {
  const before = sample.size;
  keepWhere(sample, (_, value) => String(value) !== text);
  return sample.size < before;
}

const version = 1;
const headerBytes = 17;
const valueBytes = 12;

/** Version 1: a byte with the version, the number of values it was drawn from and the threshold, then rank and value of each, little-endian. */
export function storeSample(sample: Sample): Buffer {
  trimSample(sample);
  const bytes = Buffer.allocUnsafe(headerBytes + valueBytes * sample.size);
  bytes.writeUInt8(version, 0);
  bytes.writeDoubleLE(sample.of, 1);
  bytes.writeDoubleLE(sample.threshold, 9);
  for (let index = 0; index < sample.size; index += 1) {
    const at = headerBytes + valueBytes * index;
    bytes.writeUInt32LE(sample.ranks[index] ?? 0, at);
    bytes.writeDoubleLE(sample.values[index] ?? 0, at + 4);
  }
  return bytes;
}

/** Nothing stored, or in a version that is not known, is a sample of no values: windows that were written before have none. */
export function readSample(stored: Uint8Array | null | undefined, limit: number): Sample {
  const sample = emptySample(limit);
  if (stored === null || stored === undefined || stored[0] !== version) {
    return sample;
  }
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  sample.of = bytes.readDoubleLE(1);
  sample.threshold = bytes.readDoubleLE(9);
  makeRoom(sample, Math.floor((bytes.length - headerBytes) / valueBytes));
  for (let at = headerBytes; at + valueBytes <= bytes.length; at += valueBytes) {
    put(sample, bytes.readUInt32LE(at), bytes.readDoubleLE(at + 4));
  }
  return sample;
}
