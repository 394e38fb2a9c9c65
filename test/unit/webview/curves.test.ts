import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CurvePoint, MetricSeries } from '../../../server/contract/tracking.ts';
import { curveGroups } from '../../../webview/tracking/curveGroups.ts';
import { isCurve, windowOf, withDetail } from '../../../webview/tracking/curveWindows.ts';
import { nextRange } from '../../../webview/ui/chart/chartKeys.ts';
import { pathOf } from '../../../webview/tracking/sparklines.ts';
import { align, curveOf, nearestValue, smooth, spacingOf, stack } from '../../../webview/ui/chart/curves.ts';
import { logSteps } from '../../../webview/ui/chart/ticks.ts';
import { underlayShapes } from '../../../webview/ui/chart/underlay.ts';

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
  assert.deepEqual(curveOf(series, 'step'), { x: [0, 1, 2], y: [0.8, null, 0.2], low: [0.8, null, 0.2], high: [0.8, null, 0.2] });
});

test('an infinity is a gap, also where the greatest double stands for it', () => {
  const points = [0.5, 'Infinity' as const, -Number.MAX_VALUE].map((value, step) => ({ step, timestamp: step, value }));
  assert.deepEqual(curveOf({ ...series, points }, 'step').y, [0.5, null, null]);
});

test('a curve over time counts seconds from the first point of its run', () => {
  assert.deepEqual(curveOf(series, 'time').x, [0, 2, 4]);
});

test('smoothing leaves a constant curve as it is, gaps included', () => {
  assert.deepEqual(
    smooth({ x: [0, 1, 2, 3], y: [3, 3, null, 3] }, 0.9).map((value) => (value === null ? null : Math.round(value * 1e9) / 1e9)),
    [3, 3, null, 3],
  );
});

test('smoothing lies between the past and the present value', () => {
  const [first, second] = smooth({ x: [0, 1], y: [0, 1] }, 0.5);
  assert.equal(first, 0);
  assert.ok(second !== null && second !== undefined && second > 0.5 && second < 1);
});

test('smoothing forgets by distance, not by the number of points', () => {
  const sparse = { x: [0, 100, 200], y: [0, 0, 1] };
  const dense = { x: [0, 100, ...Array.from({ length: 100 }, (_, index) => 101 + index)], y: [0, 0, ...Array.from({ length: 100 }, () => 1)] };
  const last = (curve: { x: number[]; y: number[] }): number => smooth(curve, 0.5, spacingOf(sparse)).at(-1) ?? 0;
  assert.ok(last(dense) > last(sparse), 'more points of 1 weigh more than one');
  const [a, b] = [smooth({ x: [0, 10], y: [0, 1] }, 0.5, 10), smooth({ x: [0, 1000], y: [0, 1] }, 0.5, 1000)];
  assert.deepEqual(a, b);
});

test('the value under the pointer is the nearest one of a curve that has begun and not ended', () => {
  const values = [null, 1, null, null, 4, null];
  assert.deepEqual(values.map((_, index) => nearestValue(values, index)), [undefined, 1, 1, 4, 4, undefined]);
});

test('a part in detail takes the place of the points that it covers', () => {
  const point = (step: number, value: number): MetricSeries['points'][number] => ({ step, timestamp: 1000 + step * 10, value });
  const whole = { runId: 'r', key: 'loss', total: 1000, points: [0, 250, 500, 750, 999].map((step) => point(step, 0)) };
  const detail = { ...whole, total: 2, points: [point(400, 1), point(510, 1)] };
  assert.deepEqual(windowOf(whole, 'step', [399.5, 600.2]), { by: 'step', from: 399, to: 601 });
  assert.deepEqual(windowOf(whole, 'time', [4, 6]), { by: 'time', from: 5000, to: 7000 });
  assert.deepEqual(windowOf(whole, 'clock', [5000.5, 6000]), { by: 'time', from: 5000, to: 6000 });
  assert.deepEqual(curveOf(withDetail(whole, { by: 'step', from: 399, to: 601 }, detail), 'step').x, [0, 250, 400, 510, 750, 999]);
});

test('keys zoom in around a point, move along, and show all again', () => {
  const whole = [0, 100] as const;
  const key = (name: string, shown: readonly [number, number], around?: number, shiftKey = false): ReturnType<typeof nextRange> => nextRange({ key: name, shiftKey }, shown, whole, around);
  assert.deepEqual(key('+', whole, 0), [0, 60]);
  assert.deepEqual(key('+', whole), [20, 80]);
  assert.equal(key('-', [20, 80]), undefined);
  assert.deepEqual(key('ArrowRight', [20, 60], undefined, true), [30, 70]);
  assert.deepEqual(key('ArrowRight', [50, 90], undefined, true), [60, 100]);
  assert.equal(key('ArrowRight', [20, 60]), 'none');
  assert.equal(key('0', [20, 60]), undefined);
  assert.equal(key('0', whole), 'none');
});

test('ticks of a logarithmic axis are round', () => {
  assert.deepEqual(logSteps(1, 1e6), [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]);
  assert.deepEqual(logSteps(0.9, 30), [1, 2, 5, 10, 20]);
  assert.deepEqual(logSteps(0.31, 0.58), [0.4, 0.5]);
});

test('the shape below a line is broken where a value is missing', () => {
  const place = (x: number, y: number): { x: number; y: number } => ({ x, y });
  const { bands, lines } = underlayShapes({ colour: 'red', under: { x: [0, 1, 2, 3, 4], low: [1, 1, null, 1, 1], high: [2, 2, null, 1, 1], line: [1.5, 1.5, null, 1, 1] } }, place);
  assert.deepEqual(bands, [[{ x: 0, y: 1 }, { x: 1, y: 1 }, { x: 1, y: 2 }, { x: 0, y: 2 }]]);
  assert.equal(lines.length, 2);
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

test('a history is a curve once it has other steps, or other values over time', () => {
  const at = (step: number, timestamp: number, value: number | 'NaN'): CurvePoint => ({ step, timestamp, value });
  assert.equal(isCurve({ points: [] }), false);
  assert.equal(isCurve({ points: [at(0, 1, 0.9)] }), false);
  assert.equal(isCurve({ points: [at(0, 1, 0.9), at(0, 2000, 0.9)] }), false);
  assert.equal(isCurve({ points: [at(0, 1, 'NaN'), at(0, 2, 'NaN')] }), false);
  assert.equal(isCurve({ points: [at(0, 1, 0.9), at(0, 2000, 0.8)] }), true);
  assert.equal(isCurve({ points: [at(0, 1, 0.9), at(1, 2, 0.9)] }), true);
});

test('metrics stand under the prefix of their names: plain ones first, prefixes of one metric together, those of the machine last', () => {
  const names = ['system/cpu', 'val/loss', 'layer_10/norm', 'val/auc', 'loss', 'layer_2/norm', 'train.f1', 'train.loss', 'epoch'];
  assert.deepEqual(curveGroups(names), [
    { name: '', keys: ['epoch', 'loss'] },
    { name: 'train', keys: ['train.f1', 'train.loss'] },
    { name: 'val', keys: ['val/auc', 'val/loss'] },
    { name: 'Others', keys: ['layer_2/norm', 'layer_10/norm'] },
    { name: 'system', keys: ['system/cpu'] },
  ]);
});

test('a small line lies between its own lowest and highest value, over steps or over time', () => {
  const at = (step: number, timestamp: number, value: number | 'NaN') => ({ step, timestamp, value });
  assert.equal(pathOf({ points: [at(0, 0, 4), at(1, 0, 'NaN'), at(2, 0, 2), at(4, 0, 3)] }), 'M1.0 2.0L22.0 14.0L43.0 8.0');
  assert.equal(pathOf({ points: [at(0, 30, 1), at(0, 10, 1)] }), 'M1.0 8.0L43.0 8.0');
  assert.equal(pathOf({ points: [at(0, 0, 4), at(1, 0, 'NaN')] }), undefined);
});
