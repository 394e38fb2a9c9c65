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
  ranks: number[];
  values: number[];
}

export function emptySample(limit: number): Sample {
  return { limit, of: 0, threshold: ranks, ranks: [], values: [] };
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
    sample.ranks.push(rank);
    sample.values.push(value);
    if (sample.values.length >= 2 * sample.limit) {
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
  for (const [index, rank] of other.ranks.entries()) {
    if (rank < into.threshold) {
      into.ranks.push(rank);
      into.values.push(other.values[index] ?? 0);
    }
  }
  if (into.values.length >= 2 * into.limit) {
    trimSample(into);
  }
}

/** Lowers the threshold until no more values than the limit are below it. */
export function trimSample(sample: Sample): void {
  if (sample.values.length > sample.limit) {
    keepBelow(sample, Float64Array.from(sample.ranks).sort()[sample.limit] ?? ranks);
  }
}

function keepBelow(sample: Sample, threshold: number): void {
  const values = sample.values.filter((_, index) => (sample.ranks[index] ?? 0) < threshold);
  sample.ranks = sample.ranks.filter((rank) => rank < threshold);
  sample.values = values;
  sample.threshold = threshold;
}

const version = 1;
const headerBytes = 17;
const valueBytes = 12;

/** Version 1: a byte with the version, the number of values it was drawn from and the threshold, then rank and value of each, little-endian. */
export function storeSample(sample: Sample): Buffer {
  trimSample(sample);
  const bytes = Buffer.allocUnsafe(headerBytes + valueBytes * sample.values.length);
  bytes.writeUInt8(version, 0);
  bytes.writeDoubleLE(sample.of, 1);
  bytes.writeDoubleLE(sample.threshold, 9);
  sample.ranks.forEach((rank, index) => {
    const at = headerBytes + valueBytes * index;
    bytes.writeUInt32LE(rank, at);
    bytes.writeDoubleLE(sample.values[index] ?? 0, at + 4);
  });
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
  for (let at = headerBytes; at + valueBytes <= bytes.length; at += valueBytes) {
    sample.ranks.push(bytes.readUInt32LE(at));
    sample.values.push(bytes.readDoubleLE(at + 4));
  }
  return sample;
}
