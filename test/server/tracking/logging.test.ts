import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { useFile } from '../../../server/artifacts/blobs.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { content, openTrackingHome, type TrackingHome } from './trackingHome.ts';

describe('logging to a run', () => {
  let home: TrackingHome;
  before(() => {
    home = openTrackingHome();
  });
  after(() => home.close());

  const create = (): string => home.tracking.createRun({ experimentName: 'x', name: 'run', startedAt: 1, tags: {} }).runId;

  it('writes a batch as a whole or not at all', () => {
    const runId = create();
    home.tracking.logParams(runId, { depth: '3' });
    const metrics = [{ key: 'first ever', value: 1, at: 1, step: 1 }];
    assert.throws(() => home.tracking.stores.logging.logBatch(runId, { metrics, params: [{ key: 'depth', value: '4' }], tags: [{ key: 't', value: 'x' }] }), Problem);
    const run = home.tracking.run(runId);
    assert.deepEqual(run.metrics, {});
    assert.equal(run.tags['t'], undefined);
    // A name that came with what was undone can be logged afterwards.
    home.tracking.logMetrics(runId, metrics);
    assert.deepEqual(home.tracking.run(runId).metrics, { 'first ever': 1 });
  });

  it('refuses batches beyond the limits and params that come twice', () => {
    const runId = create();
    const { logging } = home.tracking.stores;
    const many = Array.from({ length: 101 }, (_, index) => ({ key: `k${index}`, value: 'v' }));
    assert.throws(() => logging.logBatch(runId, { params: many }), /at most 100 params/);
    assert.throws(() => logging.logBatch(runId, { tags: many }), /at most 100 tags/);
    assert.throws(() => logging.logBatch(runId, { params: [many[0], many[0]].filter((entry) => entry !== undefined) }), /Duplicate parameter keys/);
  });

  it('cuts long values of params and tags', () => {
    const runId = create();
    home.tracking.logParams(runId, { long: 'x'.repeat(7000) });
    home.tracking.setTags(runId, { long: 'x'.repeat(9000) });
    const run = home.tracking.run(runId);
    assert.equal(run.params['long']?.length, 6000);
    assert.equal(run.tags['long']?.length, 8000);
  });

  it('logs a point once and keeps the latest by step, then time, then value', () => {
    const runId = create();
    const point = { key: 'a', value: 1, at: 5, step: 2 };
    home.tracking.logMetrics(runId, [point, point, { ...point, step: 1, value: 9 }]);
    home.tracking.logMetrics(runId, [point]);
    const row = home.tracking.stores.runs.find(runId);
    assert.equal([...home.tracking.stores.metrics.history(row, 'a')].length, 2);
    assert.equal(home.tracking.run(runId).metrics['a'], 1);
    home.tracking.logMetrics(runId, [{ ...point, at: 6, value: 0.5 }]);
    assert.equal(home.tracking.run(runId).metrics['a'], 0.5);
    home.tracking.logMetrics(runId, [{ ...point, at: 6, value: 0.7 }, { ...point, at: 6, value: 0.6 }]);
    assert.equal(home.tracking.run(runId).metrics['a'], 0.7);
  });

  it('announces a storm of metrics a few times a second, and its end', async () => {
    const runId = create();
    await delay(300);
    const before = home.events.length;
    for (let step = 0; step < 500; step += 1) {
      home.tracking.logMetrics(runId, [{ key: 'a', value: step, at: step, step }]);
    }
    const during = home.events.slice(before).filter((event) => event.topic === 'run').length;
    assert.ok(during >= 1 && during < 50, String(during));
    await delay(400);
    const last = home.events.at(-1);
    assert.deepEqual(last?.topic === 'run' && last.runId, runId);
    assert.ok(home.events.length > before + during);
  });

  it('brings back a deleted experiment for a new capture, without its old runs', () => {
    const first = home.tracking.createRun({ experimentName: 'notebook', name: 'old', startedAt: 1, tags: {} });
    home.tracking.stores.experiments.delete(first.experimentId);
    const second = home.tracking.createRun({ experimentName: 'notebook', name: 'new', startedAt: 2, tags: {} });
    assert.equal(second.experimentId, first.experimentId);
    const names = home.tracking.stores.searchRuns({ experiments: [Number(first.experimentId)], limit: 10 }).map(({ name }) => name);
    assert.deepEqual(names, ['new']);
  });

  it('tells the cell of a linked run by its tags', () => {
    const runId = create();
    home.tracking.setTags(runId, { 'slipway.notebook': '/n.ipynb', 'slipway.capture': 'c', 'slipway.cell.id': 'x', 'slipway.cell.index': '3' });
    assert.deepEqual(home.tracking.run(runId).cell, { notebook: '/n.ipynb', captureRunId: 'c', cellId: 'x', cellIndex: 3 });
    assert.equal(home.tracking.run(create()).cell, undefined);
  });

  it('keeps content once, under the name of its digest', async () => {
    const { artifacts } = home.tracking.stores;
    const [a, b] = [await artifacts.put('0/a.txt', content('same')), await artifacts.put('0/deep/b.txt', content('same'))];
    assert.equal(a.sha256, b.sha256);
    assert.equal(await useFile(artifacts.materialize(a), (file) => readFile(file, 'utf8')), 'same');
    assert.deepEqual(
      artifacts.list('0').map(({ name, isFolder }) => [name, isFolder]),
      [
        ['a.txt', false],
        ['deep', true],
      ],
    );
    assert.equal(readdirSync(path.join(home.context.home.blobs, 'incoming')).length, 0);
    assert.equal(artifacts.delete('0/deep'), 1);
    assert.equal(artifacts.find('0/deep/b.txt'), undefined);
    assert.ok(artifacts.find('0/a.txt'));
  });

  it('leaves nothing of an upload that broke off', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* content('begin');
      throw new Error('cut off');
    }
    await assert.rejects(home.tracking.stores.artifacts.put('0/broken.txt', broken()), /cut off/);
    assert.equal(home.tracking.stores.artifacts.find('0/broken.txt'), undefined);
    assert.equal(readdirSync(path.join(home.context.home.blobs, 'incoming')).length, 0);
  });
});
