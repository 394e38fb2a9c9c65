import { LatencySketch, storedSketch } from '../../gateway/latencySketch.ts';
import { PackedReader, PackedWriter } from '../columns/packedBytes.ts';

const version = 1;

/** Version 1: a byte with the version, count, largest value, and the numbers of the buckets, as the sketch stores them. */
export function packLatency(sketch: LatencySketch): Buffer {
  const { count, max, buckets } = sketch.store();
  const writer = new PackedWriter();
  writer.byte(version);
  writer.whole(count);
  writer.double(max);
  writer.whole(buckets.length);
  buckets.forEach((number) => writer.whole(number));
  return writer.end();
}

/** @param stored packed, or the JSON text of windows that were written before. @throws Error for a version that is not known */
export function unpackLatency(stored: Uint8Array | string): LatencySketch {
  if (typeof stored === 'string') {
    return LatencySketch.of(storedSketch.parse(JSON.parse(stored)));
  }
  const reader = new PackedReader(stored);
  const found = reader.byte();
  if (found !== version) {
    throw new Error(`Latencies of windows are of version ${found}; this Slipway knows ${version}.`);
  }
  return LatencySketch.of({ count: reader.whole(), max: reader.double(), buckets: reader.wholes(reader.whole()) });
}
