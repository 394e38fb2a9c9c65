import { createHash } from 'node:crypto';
import type { Metric } from '../../contract/entities.ts';
import { comparedValue } from '../../mlflow/client/missing.ts';
import type { Many } from '../../mlflow/client/storeReader.ts';

function hashOf({ key, step, at, value }: Metric): Buffer {
  return createHash('md5').update(`${comparedValue(value)} ${step} ${at} ${key}`).digest();
}

export interface PointsDigest {
  readonly count: number;
  /** Equal for the same points in any order. */
  readonly digest: string;
}

/** Reads a run's metric points; a point that comes twice counts once where `distinct` is given. */
export async function digestPoints(lots: Many<readonly Metric[]>, distinct?: Set<string>): Promise<PointsDigest> {
  const sum = new Uint32Array(4);
  let count = 0;
  for await (const lot of lots) {
    for (const point of lot) {
      const hash = hashOf(point);
      if (distinct !== undefined) {
        const text = hash.toString('latin1');
        if (distinct.has(text)) {
          continue;
        }
        distinct.add(text);
      }
      count += 1;
      for (let word = 0; word < 4; word += 1) {
        sum[word] = (sum[word] ?? 0) + hash.readUInt32LE(word * 4);
      }
    }
  }
  return { count, digest: Buffer.from(sum.buffer).toString('hex') };
}

/** How many points of the source the target lacks; the target may have others. */
export async function missingPoints(source: Many<readonly Metric[]>, target: Many<readonly Metric[]>): Promise<{ count: number; missing: number }> {
  const held = new Set<string>();
  await digestPoints(target, held);
  const seen = new Set<string>();
  await digestPoints(source, seen);
  return { count: seen.size, missing: [...seen].filter((hash) => !held.has(hash)).length };
}
