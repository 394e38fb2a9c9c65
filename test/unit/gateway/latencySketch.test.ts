import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencySketch } from '../../../server/gateway/latencySketch.ts';

/** Numbers in [0, 1) that are the same in each run (https://prng.di.unimi.it/splitmix64.c, 32 bits). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Log-normal microseconds around 2 ms, with a tail of seconds. */
function latencies(count: number, seed: number): number[] {
  const random = sequence(seed);
  return Array.from({ length: count }, () => Math.exp(Math.log(2000) + 1.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())));
}

function exact(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
}

function assertClose(sketch: LatencySketch, values: readonly number[]): void {
  for (const q of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
    const expected = exact(values, q);
    const actual = sketch.quantile(q) ?? Number.NaN;
    assert.ok(Math.abs(actual - expected) <= 0.01 * expected, `quantile ${q}: ${actual} instead of ${expected}`);
  }
}

describe('a latency sketch', () => {
  it('gives every quantile within one percent', () => {
    const values = latencies(50_000, 1);
    const sketch = new LatencySketch();
    values.forEach((value) => sketch.add(value));
    assertClose(sketch, values);
    assert.equal(sketch.count, values.length);
    assert.equal(sketch.max, Math.max(...values));
  });

  it('merges by addition, whatever the order and through its stored form', () => {
    const parts = [1, 2, 3].map((seed) => latencies(2000 * seed, seed));
    const stored = parts.map((values) => {
      const sketch = new LatencySketch();
      values.forEach((value) => sketch.add(value));
      return JSON.stringify(sketch.store());
    });
    const merge = (texts: readonly string[]): LatencySketch => {
      const merged = new LatencySketch();
      texts.forEach((text) => merged.addStored(JSON.parse(text) as ReturnType<LatencySketch['store']>));
      return merged;
    };
    const merged = merge(stored);
    assertClose(merged, parts.flat());
    assert.deepEqual(merge([...stored].reverse()).store(), merged.store());
  });

  it('tells what was added since an earlier state', () => {
    const [before, after] = [latencies(3000, 4), latencies(2000, 5).map((value) => value / 10)];
    const sketch = new LatencySketch();
    before.forEach((value) => sketch.add(value));
    const earlier = sketch.store();
    assert.equal(sketch.since(earlier).quantile(0.99), undefined);
    after.forEach((value) => sketch.add(value));
    const since = sketch.since(earlier);
    assert.equal(since.count, after.length);
    assertClose(since, after);
  });

  it('knows that it is empty, and takes a zero', () => {
    const sketch = new LatencySketch();
    assert.equal(sketch.quantile(0.5), undefined);
    sketch.add(0);
    assert.equal(sketch.quantile(0.5), 0);
  });
});
