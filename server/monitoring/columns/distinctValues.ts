import { createHash } from 'node:crypto';

/** Hashes kept: the estimate's standard error is 1/sqrt(kept - 2), about 6 %. */
const kept = 256;

function hashOf(value: string): number {
  return createHash('sha256').update(value).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Adds a value to the smallest hashes of distinct values, which stay sorted. */
export function addDistinct(smallest: number[], value: string): void {
  const hash = hashOf(value);
  const largest = smallest.at(-1);
  if (smallest.length >= kept && largest !== undefined && hash >= largest) {
    return;
  }
  insert(smallest, hash);
}

/** The smallest hashes of both. */
export function mergeDistinct(into: number[], other: readonly number[]): void {
  for (const hash of other) {
    insert(into, hash);
  }
}

function insert(smallest: number[], hash: number): void {
  let low = 0;
  let high = smallest.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((smallest[middle] ?? 0) < hash) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (smallest[low] === hash) {
    return;
  }
  smallest.splice(low, 0, hash);
  if (smallest.length > kept) {
    smallest.pop();
  }
}

/**
 * Number of distinct values from their k smallest hashes; exact below k
 * (Bar-Yossef et al., Counting distinct elements in a data stream, 2002).
 */
export function estimateDistinct(smallest: readonly number[]): number {
  const largest = smallest.at(-1);
  return smallest.length < kept || largest === undefined ? smallest.length : Math.round((kept - 1) / largest);
}
