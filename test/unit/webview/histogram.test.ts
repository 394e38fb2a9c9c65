import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnSummary } from '../../../server/contract/columnSummary.ts';
import { distributionOf } from '../../../webview/ui/histogram.ts';

function numeric(edges: number[], counts: number[], below = 0, above = 0): ColumnSummary {
  return { kind: 'numeric', count: 100, missing: 0, invalid: 0, mean: 1, std: 1, min: 0, max: 1, histogram: { edges, counts, below, above } };
}

function categorical(counts: Readonly<Record<string, number>>, other = 0): ColumnSummary {
  return { kind: 'categorical', count: 100, missing: 0, invalid: 0, distinct: 3, top: Object.entries(counts).map(([value, count]) => ({ value, count })), other };
}

test('live and baseline counts of different totals are compared as shares', () => {
  const distribution = distributionOf(numeric([0, 1, 2], [500, 500]), numeric([0, 1, 2], [3, 1]), String);
  assert.deepEqual(distribution?.bars.map(({ liveShare, baselineShare }) => [liveShare, baselineShare]), [[0.75, 0.5], [0.25, 0.5]]);
});

test('a baseline with other edges is spread over the live ones', () => {
  const distribution = distributionOf(numeric([0, 2], [10]), numeric([0, 1, 2], [1, 1]), String);
  assert.deepEqual(distribution?.bars.map(({ baselineShare }) => baselineShare), [0.5, 0.5]);
});

test('a wide bin is as low as its density, not as high as its count', () => {
  const distribution = distributionOf(null, numeric([0, 1, 5], [10, 10]), String);
  const [narrow, wide] = distribution?.bars ?? [];
  assert.equal(narrow?.live, 1);
  assert.ok(Math.abs((wide?.live ?? 0) - 0.25) < 1e-9);
});

test('live values beyond the bins are drawn at their end, as high as so many values in a bin', () => {
  const shifted: ColumnSummary = { ...numeric([0, 1, 2], [10, 40], 0, 50), ...{ min: 0.5, max: 3 } };
  const distribution = distributionOf(numeric([0, 1, 2], [50, 50]), shifted, String);
  assert.deepEqual(
    distribution?.bars.map(({ label, liveShare, baselineShare, outside }) => [label, liveShare, baselineShare, outside]),
    [['0 to 1', 0.1, 0.5, false], ['1 to 2', 0.4, 0.5, false], ['above 2, up to 3', 0.5, 0, true]],
  );
  assert.deepEqual(distribution.bars.map(({ live }) => live), [0.2, 0.8, 1]);
  assert.deepEqual(distribution.ends, ['0', '3']);
  const last = distribution.bars.at(-1);
  assert.ok(last !== undefined && Math.abs(last.x + last.width - 1) < 1e-9);
});

test('values below the bins come first, and where there are none there is no bar', () => {
  const [below, inside, ...others] = distributionOf(null, { ...numeric([0, 1], [90], 10), ...{ min: -4 } }, String)?.bars ?? [];
  assert.deepEqual([below?.label, below?.liveShare, below?.x], ['below 0, down to -4', 0.1, 0]);
  assert.deepEqual([inside?.label, others], ['0 to 1', []]);
});

test('categories keep the order of the baseline and show new values after them', () => {
  const distribution = distributionOf(categorical({ a: 60, b: 40 }), categorical({ c: 50, a: 50 }), String);
  assert.deepEqual(distribution?.bars.map(({ label, liveShare, baselineShare }) => [label, liveShare, baselineShare]), [['a', 0.5, 0.6], ['b', 0, 0.4], ['c', 0.5, 0]]);
});

test('what is not among the most frequent values becomes one bar', () => {
  assert.deepEqual(distributionOf(null, categorical({ a: 30 }, 10), String)?.bars.map(({ label, liveShare }) => [label, liveShare]), [['a', 0.75], ['other', 0.25]]);
});

test('without values on either side there is no distribution', () => {
  assert.equal(distributionOf(null, null, String), undefined);
});
