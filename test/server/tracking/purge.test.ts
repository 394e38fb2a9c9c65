import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createCaptureStore } from '../../../server/notebooks/captureStore.ts';
import { createNotebooks } from '../../../server/notebooks/notebooks.ts';
import { createPurge, type Purge } from '../../../server/registry/local/purge.ts';
import { createDiskBlobs } from '../../../server/artifacts/disk/diskBlobs.ts';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import { content, openTrackingHome, type TrackingHome } from './trackingHome.ts';
import { askedBy } from '../../harness/askedBy.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('removing the deleted for good', () => {
  let home: TrackingHome;
  let purge: Purge;
  beforeEach(() => {
    home = openTrackingHome();
    purge = createPurge(home.context, home);
  });
  afterEach(() => home.close());

  /** Where the content lies, made old enough to be swept. */
  const age = (text: string): string => {
    const file = blobPath(home.context.home.blobs, hashOf(text));
    const then = new Date(Date.now() - 3_600_000);
    utimesSync(file, then, then);
    return file;
  };
  const put = (path: string, text: string): Promise<unknown> => home.tracking.stores.artifacts.put(path, content(text));
  const rows = (table: string): number => {
    const row: unknown = home.context.database.prepare(`SELECT count(*) AS n FROM ${table}`).pluck().get();
    return Number(row);
  };
  const makeRun = (experimentId: string): string => {
    const { runs, logging } = home.tracking.stores;
    const { run_id: runId } = runs.create({ experimentId, startedAt: 1 });
    logging.logBatch(runId, { metrics: Array.from({ length: 900 }, (_, step) => ({ key: 'loss', step, at: step, value: step })), params: [{ key: 'a', value: '1' }] });
    return runId;
  };
  const makeModel = (experimentId: string, runId: string): string =>
    home.tracking.stores.models.create({ experimentId, name: 'model', sourceRunId: runId, params: [], tags: [] }).row.model_id;

  it('frees what only the removed runs had, and leaves the others alone', async () => {
    const { runs, artifacts } = home.tracking.stores;
    const gone = makeRun('0');
    const stays = makeRun('0');
    await put(`0/${gone}/artifacts/own.txt`, 'only here');
    await put(`0/${gone}/artifacts/shared.txt`, 'in both');
    await put(`0/${stays}/artifacts/shared.txt`, 'in both');
    const model = makeModel('0', gone);
    await put(`0/models/${model}/artifacts/MLmodel`, 'the model');
    const [own, shared, ofModel] = [age('only here'), age('in both'), age('the model')];
    runs.delete(gone);

    const expected = { experiments: 0, runs: 1, models: 1, files: 3, bytes: 'only here'.length + 'the model'.length, kept: [] };
    assert.deepEqual(purge.preview({}), expected);
    assert.ok(existsSync(own ?? ''));
    const told: string[] = [];
    home.tracking.onRunPurged((runId) => told.push(runId));
    assert.deepEqual(await purge.run({}, askedBy('ada')), expected);

    assert.deepEqual(told, [gone]);
    assert.throws(() => runs.find(gone), { reason: 'not-found' });
    assert.equal(runs.find(stays).stage, 'active');
    assert.equal(rows('metric_points'), 900);
    assert.equal(rows('run_params'), 1);
    assert.equal(rows('logged_models'), 0);
    assert.deepEqual([own, shared, ofModel].map((file) => existsSync(file ?? '')), [false, true, false]);
    assert.deepEqual(artifacts.below(`0/${stays}/artifacts`).map(({ path }) => path), [`0/${stays}/artifacts/shared.txt`]);
    const [entry] = home.audit.list({ limit: 1 });
    assert.deepEqual([entry?.actor, entry?.action, entry?.detail['runs']], ['ada', 'tracking.purged', 1]);
    assert.deepEqual(purge.preview({}), { experiments: 0, runs: 0, models: 0, files: 0, bytes: 0, kept: [] });
  });

  it('keeps what a version of a registered model comes from, and its experiment', async () => {
    const { experiments, runs, models } = home.tracking.stores;
    const experiment = experiments.create('old');
    const used = makeRun(experiment);
    const unused = makeRun(experiment);
    const model = makeModel(experiment, used);
    await put(`${experiment}/models/${model}/artifacts/MLmodel`, 'flavors: {}');
    const file = age('flavors: {}');
    models.setStatus(model, 'LOGGED_MODEL_READY');
    home.registry.createModel('churn', undefined, new Map(), askedBy('ada'));
    home.registry.createVersion({ name: 'churn', source: `models:/${model}`, modelId: model, tags: new Map() }, askedBy('ada'));
    experiments.delete(experiment);

    const report = await purge.run({ experimentIds: [experiment] }, askedBy('ada'));
    assert.equal(report.runs, 1);
    assert.deepEqual(report.kept.map(({ kind, id }) => [kind, id]).sort(), [['experiment', experiment], ['model', model], ['run', used]].sort());
    assert.throws(() => runs.find(unused), { reason: 'not-found' });
    assert.equal(runs.find(used).stage, 'deleted');
    assert.ok(existsSync(file));
    assert.equal(home.registry.files('churn', 1).length, 1);

    home.registry.deleteVersion('churn', 1, askedBy('ada'));
    const rest = await purge.run({ experimentIds: [experiment] }, askedBy('ada'));
    assert.deepEqual([rest.experiments, rest.runs, rest.models, rest.kept], [1, 1, 1, []]);
    assert.equal(existsSync(file), false);
    assert.equal(experiments.findByName('old'), undefined);
    assert.equal(experiments.create('old') === experiment, false);
  });

  it('refuses what is not deleted, and what was deleted too late stays', async () => {
    const { experiments, runs } = home.tracking.stores;
    const active = makeRun('0');
    await assert.rejects(purge.run({ runIds: [active] }, askedBy('ada')), { reason: 'invalid-input', field: 'runIds' });
    await assert.rejects(purge.run({ experimentIds: ['0'] }, askedBy('ada')), { reason: 'invalid-input', field: 'experimentIds' });
    runs.delete(active);
    assert.equal(purge.preview({ deletedBefore: 1 }).runs, 0);
    experiments.delete('0');
    const report = await purge.run({}, askedBy('ada'));
    assert.deepEqual(report.kept.map(({ kind, id }) => [kind, id]), [['experiment', '0']]);
    assert.equal(report.runs, 1);
  });

  it('forgets what was captured of the notebook', async () => {
    createNotebooks(home.context, { ...home.tracking, loggedRun: (runId) => home.tracking.run(runId), captureOf: (runId) => runId, keepsAllRuns: () => true });
    const store = createCaptureStore(home.context.database);
    const runId = makeRun('0');
    const capture = { notebook: '/notebooks/churn.ipynb', workspace: undefined, kernel: undefined, git: undefined, startedAt: 1, packages: undefined, pythonVersion: undefined };
    store.insert({ ...capture, runId });
    assert.ok(store.find(runId));
    home.tracking.stores.runs.delete(runId);
    await purge.run({ runIds: [runId] }, askedBy('ada'));
    assert.equal(store.find(runId), undefined);
  });

  it('finishes what an earlier purge was killed in', async () => {
    const { runs } = home.tracking.stores;
    const runId = makeRun('0');
    const { id } = runs.find(runId);
    home.context.database.prepare(`UPDATE runs SET stage = 'deleted', run_id = 'purged-' || id WHERE id = ?`).run(id);
    await purge.run({}, askedBy('ada'));
    assert.equal(rows('runs'), 0);
    assert.equal(rows('metric_points'), 0);
  });
});

describe('sweeping content that nothing uses', () => {
  it('spares what is used, what is young, and what is uploaded again while it sweeps', async () => {
    const home = openTrackingHome();
    try {
      const blobs = createDiskBlobs(home.context.home.blobs, 'incoming-test');
      const texts = Array.from({ length: 200 }, (_, index) => `content ${index}`);
      for (const text of texts) {
        await blobs.put(content(text));
      }
      const used = new Set([hashOf('content 0')]);
      assert.deepEqual(await blobs.sweep((sha256) => used.has(sha256)), { files: 0, bytes: 0 });

      const then = new Date(Date.now() - 3_600_000);
      texts.forEach((text) => utimesSync(blobPath(home.context.home.blobs, hashOf(text)), then, then));
      // Every second one comes again, and its row a moment later, as an upload does it.
      const again = texts.filter((_, index) => index % 2 === 1);
      const uploads = Promise.all(
        again.map(async (text) => {
          const { sha256 } = await blobs.put(content(text));
          await new Promise((resolve) => setTimeout(resolve, 5));
          used.add(sha256);
        }),
      );
      await Promise.all([uploads, blobs.sweep((sha256) => used.has(sha256))]);
      await blobs.sweep((sha256) => used.has(sha256));
      const kept = await Promise.all(texts.map((text) => blobs.has(hashOf(text))));
      assert.deepEqual(texts.filter((_, index) => kept[index]), texts.filter((text) => used.has(hashOf(text))));
      assert.equal(used.size, 101);
    } finally {
      home.close();
    }
  });
});
