import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunRow } from '../../../server/tracking/local/runs.ts';
import { openTrackingHome, type TrackingHome } from './trackingHome.ts';

describe('the curve of a metric', () => {
  let home: TrackingHome;
  let run: RunRow;
  const total = 20_000;
  before(() => {
    home = openTrackingHome();
    const { runs, logging } = home.tracking.stores;
    run = runs.create({ experimentId: '0', startedAt: 1 });
    for (let start = 0; start < total; start += 1000) {
      const steps = Array.from({ length: 1000 }, (_, index) => start + index);
      logging.logBatch(run.run_id, { metrics: steps.map((step) => ({ key: 'loss', value: step === 12_345 ? 1000 : step === 77 ? -1000 : Math.sin(step / 900), at: step, step })) });
    }
    logging.logBatch(run.run_id, { metrics: Array.from({ length: 1000 }, (_, index) => ({ key: 'no-steps', value: index, at: index, step: 0 })) });
    logging.logBatch(run.run_id, { metrics: Array.from({ length: 900 }, (_, index) => ({ key: 'few-steps', value: index, at: index, step: Math.floor(index / 300) })) });
    logging.logBatch(run.run_id, { metrics: [{ key: 'nan', value: Number.NaN, at: 1, step: 1 }] });
  });
  after(() => home.close());

  it('is spread evenly over the steps, with the first and the last', () => {
    const steps = home.tracking.stores.curves.sample(run.id, 'loss', 500).map(({ step }) => step);
    assert.ok(steps.length >= 490 && steps.length <= 500, String(steps.length));
    assert.equal(steps[0], 0);
    assert.equal(steps.at(-1), total - 1);
    const gaps = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
    assert.ok(Math.max(...gaps) <= 2 * Math.min(...gaps), `${Math.min(...gaps)} to ${Math.max(...gaps)}`);
  });

  it('covers the steps asked for and no others', () => {
    const steps = home.tracking.stores.curves.sample(run.id, 'loss', 10, { from: 100, to: 200 }).map(({ step }) => step);
    assert.equal(steps[0], 100);
    assert.equal(steps.at(-1), 200);
    assert.ok(steps.length <= 10);
    assert.equal(home.tracking.stores.curves.sample(run.id, 'loss', 10, { from: total, to: total + 5 }).length, 0);
  });

  it('is whole when it is short', () => {
    assert.equal(home.tracking.stores.curves.sample(run.id, 'loss', 101, { from: 100, to: 200 }).length, 101);
  });

  it('keeps the extremes of what it leaves out beside the means', async () => {
    const { points, total: count } = await home.tracking.stores.curves.outline(run.id, 'loss', 200);
    assert.equal(count, total);
    assert.ok(points.length <= 200 && points.length > 190, String(points.length));
    assert.equal(Math.max(...points.map(({ high, value }) => high ?? value)), 1000);
    assert.equal(Math.min(...points.map(({ low, value }) => low ?? value)), -1000);
    assert.deepEqual([points[0]?.step, points.at(-1)?.step], [0, total - 1]);
    const plain = points.slice(1, -1).filter(({ low = -1, high = 1 }) => low >= -1 && high <= 1);
    assert.ok(plain.every(({ step, value }) => Math.abs(value - Math.sin(step / 900)) < 0.01), 'the line is where the values are');
    const steps = points.map(({ step }) => step);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
  });

  it('is finer in a window of steps or of times', async () => {
    const { curves } = home.tracking.stores;
    for (const by of ['step', 'time'] as const) {
      const { points, total: count } = await curves.outline(run.id, 'loss', 200, { by, from: 12_000, to: 12_999 });
      assert.equal(count, 1000);
      assert.deepEqual([points[0]?.step, points.at(-1)?.step], [12_000, 12_999]);
      assert.ok(points.length > 190, String(points.length));
      assert.equal(points.find(({ high }) => high === 1000)?.low?.toFixed(1), Math.sin(12_345 / 900).toFixed(1));
    }
    const exact = await curves.outline(run.id, 'loss', 200, { by: 'step', from: 12_300, to: 12_399 });
    assert.deepEqual([exact.points.length, exact.points[45]?.value, exact.points[45]?.high], [100, 1000, undefined]);
    assert.deepEqual(await curves.outline(run.id, 'loss', 200, { by: 'step', from: -20, to: -1 }), { points: [], total: 0 });
    const times = await curves.outline(run.id, 'no-steps', 100, { by: 'time', from: 100, to: 399 });
    assert.deepEqual([times.total, times.points[0]?.at, times.points.at(-1)?.at], [300, 100, 399]);
  });

  it('has a mean where some values are infinite or no numbers', async () => {
    const { runs, logging, curves } = home.tracking.stores;
    const other = runs.create({ experimentId: '0', startedAt: 1 });
    const values = Array.from({ length: 900 }, (_, step) => (step % 3 === 0 ? Number.NaN : step === 500 ? Number.POSITIVE_INFINITY : step === 200 ? -Number.MAX_VALUE : 1));
    logging.logBatch(other.run_id, { metrics: values.map((value, step) => ({ key: 'mixed', value, at: step, step })) });
    const { points } = await curves.outline(other.id, 'mixed', 20);
    assert.deepEqual([...new Set(points.map(({ value }) => value))], [1]);
    assert.equal(Math.max(...points.map(({ high }) => high ?? 0)), Number.POSITIVE_INFINITY);
  });

  it('is thinned by time where all points have one step or few', async () => {
    for (const key of ['no-steps', 'few-steps']) {
      const sampled = home.tracking.stores.curves.sample(run.id, key, 50);
      assert.ok(sampled.length > 20 && sampled.length <= 51, `${key}: ${sampled.length}`);
      const { points } = await home.tracking.stores.curves.outline(run.id, key, 50);
      assert.ok(points.length > 2 && points.length <= 50, `${key}: ${points.length}`);
      assert.deepEqual([points[0]?.low, points.at(-1)?.high], [0, key === 'no-steps' ? 999 : 899]);
    }
  });

  it('may hold values that are no numbers, or nothing', async () => {
    assert.deepEqual(
      (await home.tracking.stores.curves.outline(run.id, 'nan', 50)).points.map(({ value }) => value),
      [Number.NaN],
    );
    assert.deepEqual(await home.tracking.stores.curves.outline(run.id, 'never logged', 50), { points: [], total: 0 });
  });
});
