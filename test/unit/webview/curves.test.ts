import assert from 'node:assert/strict';
import { test } from 'node:test';
import { align, curveOf, smooth, stack } from '../../../webview/ui/chart/curves.ts';

const series = {
  runId: 'r',
  key: 'loss',
  total: 3,
  points: [
    { step: 2, timestamp: 5000, value: 0.2 },
    { step: 0, timestamp: 1000, value: 0.8 },
    { step: 1, timestamp: 3000, value: 'NaN' as const },
  ],
};

test('a curve runs over ascending steps, with a gap where the value is not finite', () => {
  assert.deepEqual(curveOf(series, 'step'), { x: [0, 1, 2], y: [0.8, null, 0.2] });
});

test('a curve over time counts seconds from the first point of its run', () => {
  assert.deepEqual(curveOf(series, 'time').x, [0, 2, 4]);
});

test('smoothing leaves a constant curve as it is, gaps included', () => {
  assert.deepEqual(
    smooth([3, 3, null, 3], 0.9).map((value) => (value === null ? null : Math.round(value * 1e9) / 1e9)),
    [3, 3, null, 3],
  );
});

test('smoothing lies between the past and the present value', () => {
  const [first, second] = smooth([0, 1], 0.5);
  assert.equal(first, 0);
  assert.ok(second !== null && second !== undefined && second > 0.5 && second < 1);
});

test('curves are aligned on all x values', () => {
  assert.deepEqual(
    align([
      { x: [0, 2], y: [1, 2] },
      { x: [1, 2], y: [5, 6] },
    ]),
    { x: [0, 1, 2], y: [[1, null, 2], [null, 5, 6]] },
  );
});

test('a stack adds each series to those below', () => {
  assert.deepEqual(stack([[1, 2], [10, null], [100, 100]]), [[1, 2], [11, 2], [111, 102]]);
});
