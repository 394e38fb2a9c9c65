import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { savedView, viewsOf } from '../../../server/contract/savedViews.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls, type MlflowCalls } from './mlflowCalls.ts';
import { openTrackingHome, type TrackingHome } from './trackingHome.ts';

describe('notes and the history of aliases', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let mlflow: MlflowCalls;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    mlflow = mlflowCalls(client);
  });
  after(() => home.close());

  it('writes the note of a run where MLflow shows it, and removes an empty one', async () => {
    const runId = await mlflow.createRun();
    assert.equal((await client.call('setNote', { runId, note: 'the **good** one' })).tags['mlflow.note.content'], 'the **good** one');
    assert.equal((await client.call('getRun', { runId })).tags['mlflow.note.content'], 'the **good** one');
    assert.equal((await client.call('setNote', { runId, note: '' })).tags['mlflow.note.content'], undefined);
    assert.equal((await client.call('setNote', { runId, note: '' })).tags['mlflow.note.content'], undefined);
    await assert.rejects(client.call('setNote', { runId: '0'.repeat(32), note: 'x' }), { reason: 'not-found' });
    await client.call('deleteRun', { runId });
    await assert.rejects(client.call('setNote', { runId, note: 'x' }), { reason: 'invalid-input' });
  });

  it('tells which version an alias named when and who moved it', async () => {
    const name = 'history';
    await mlflow.post('registered-models/create', { name });
    for (const runId of [await mlflow.createRun(), await mlflow.createRun()]) {
      await mlflow.post('model-versions/create', { name, source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
    }
    await client.call('setAlias', { name, alias: 'champion', version: 1 });
    await client.call('setAlias', { name, alias: 'champion', version: 1 });
    await mlflow.post('registered-models/alias', { name, alias: 'champion', version: '2' });
    await client.call('setAlias', { name, alias: 'challenger', version: 1 });
    await client.call('deleteAlias', { name, alias: 'champion' });
    const { moves } = await client.call('listAliasMoves', { name, alias: 'champion' });
    assert.deepEqual(moves.map(({ version }) => version), [undefined, 2, 1]);
    assert.deepEqual(moves.map(({ until }) => until), [undefined, moves[0]?.from, moves[1]?.from]);
    assert.ok(moves.every(({ actor }) => actor !== ''));
    assert.equal((await client.call('listAliasMoves', { name })).moves.length, 4);
    await assert.rejects(client.call('listAliasMoves', { name: 'none' }), { reason: 'not-found' });
  });
});

describe('experiments and what is deleted', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let mlflow: MlflowCalls;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    mlflow = mlflowCalls(client);
  });
  after(() => home.close());

  it('creates, renames, deletes and restores an experiment with its runs', async () => {
    const { experimentId } = await client.call('createExperiment', { name: ' spring ' });
    const runId = await mlflow.createRun({ experiment_id: experimentId });
    assert.equal((await client.call('renameExperiment', { experimentId, name: 'summer' })).name, 'summer');
    await assert.rejects(client.call('createExperiment', { name: 'summer' }), { reason: 'already-exists' });
    await assert.rejects(client.call('createExperiment', { name: '  ' }), { reason: 'invalid-input' });
    await client.call('deleteExperiment', { experimentId });
    const deleted = await client.call('listDeleted', {});
    assert.deepEqual(deleted.experiments.map(({ name, runs }) => [name, runs]), [['summer', 1]]);
    assert.deepEqual(deleted.runs, [], 'a run of a deleted experiment is part of it');
    assert.equal((await client.call('restoreExperiment', { experimentId })).runs, 1);
    assert.equal((await client.call('getRun', { runId })).experimentId, experimentId);
    assert.deepEqual((await client.call('listDeleted', {})).experiments, []);
  });

  it('keeps the primary metric of an experiment and what is better of it, where MLflow reads them', async () => {
    const { experimentId } = await client.call('createExperiment', { name: 'winter' });
    await client.call('setPrimaryMetric', { experimentId, metric: 'test_mae' });
    const { tags } = await client.call('setMetricDirection', { experimentId, metric: 'test_mae', direction: 'higher' });
    assert.deepEqual(tags, { 'mlflow.experiment.primaryMetric.name': 'test_mae', 'mlflow.experiment.primaryMetric.greaterIsBetter': 'True', 'slipway.direction.test_mae': 'higher' });
    await client.call('setMetricDirection', { experimentId, metric: 'test_mae', direction: null });
    assert.deepEqual((await client.call('setPrimaryMetric', { experimentId, metric: null })).tags, {});
    await assert.rejects(client.call('setPrimaryMetric', { experimentId: '999', metric: 'test_mae' }), { reason: 'not-found' });
    await assert.rejects(client.call('setMetricDirection', { experimentId, metric: 'a\nb', direction: 'lower' }), { reason: 'invalid-input' });
    assert.deepEqual((await client.call('listExperiments', {})).experiments.find((one) => one.experimentId === experimentId)?.tags, {}, 'nothing is half written');
  });

  it('keeps views of an experiment in its tags, under names of their own', async () => {
    const { experimentId } = await client.call('createExperiment', { name: 'views' });
    const view = savedView.parse({ filter: 'metrics.auc > 0.8', orders: [{ field: 'metric:auc', descending: true }] });
    await client.call('saveView', { experimentId, name: ' über 0.8: ✓ ', view });
    await assert.rejects(client.call('saveView', { experimentId, name: 'über 0.8: ✓', view }), { reason: 'already-exists', field: 'name' });
    await client.call('saveView', { experimentId, name: 'all', view: {} });
    await client.call('saveView', { experimentId, name: 'all', view: { allColumns: true }, replace: true });
    await mlflow.post('experiments/set-experiment-tag', { experiment_id: experimentId, key: 'slipway.view.broken', value: '{"filter": 1' });
    const views = async () => viewsOf((await client.call('listExperiments', {})).experiments.find((one) => one.experimentId === experimentId)?.tags ?? {});
    assert.deepEqual([...(await views())].map(([name, { filter, allColumns }]) => [name, filter, allColumns]), [['all', '', true], ['über 0.8: ✓', 'metrics.auc > 0.8', false]]);
    await assert.rejects(client.call('renameView', { experimentId, name: 'all', newName: 'über 0.8: ✓' }), { reason: 'already-exists', field: 'newName' });
    await client.call('renameView', { experimentId, name: 'all', newName: 'whole' });
    await client.call('deleteView', { experimentId, name: 'über 0.8: ✓' });
    await assert.rejects(client.call('deleteView', { experimentId, name: 'all' }), { reason: 'not-found', remedy: 'It has whole.' });
    assert.deepEqual([...(await views()).keys()], ['whole']);
    const large = savedView.parse({ columns: { order: Array.from({ length: 200 }, (_, index) => `param:${index} ${'x'.repeat(40)}`), hidden: [], pinned: [] } });
    await assert.rejects(client.call('saveView', { experimentId, name: 'large', view: large }), { reason: 'invalid-input', field: 'view' });
    for (const name of ['x'.repeat(41), 'a\nb', ' ']) {
      await assert.rejects(client.call('saveView', { experimentId, name, view: {} }), { reason: 'invalid-input' });
    }
  });

  it('keeps the default experiment', async () => {
    await assert.rejects(client.call('deleteExperiment', { experimentId: '0' }), { reason: 'conflict' });
  });

  it('lists deleted runs and logged models until they are restored or removed for good', async () => {
    const { experimentId } = await client.call('createExperiment', { name: 'autumn' });
    const [kept, gone] = [await mlflow.createRun({ experiment_id: experimentId }), await mlflow.createRun({ experiment_id: experimentId })];
    const { model } = (await mlflow.post('logged-models', { experiment_id: experimentId, name: 'net', source_run_id: kept })) as { model: { info: { model_id: string } } };
    const modelId = model.info.model_id;
    await client.call('deleteRun', { runId: kept });
    await client.call('deleteRun', { runId: gone });
    await client.call('deleteLoggedModel', { modelId });
    const deleted = await client.call('listDeleted', {});
    assert.deepEqual(deleted.runs.map((run) => [run.runId, run.experimentName]).sort(), [[kept, 'autumn'], [gone, 'autumn']].sort());
    assert.deepEqual(deleted.models.map((one) => [one.modelId, one.name]), [[modelId, 'net']]);
    assert.equal((await client.call('listDeleted', { limit: 1 })).truncated, true);
    await client.call('restoreRun', { runId: kept });
    await client.call('restoreLoggedModel', { modelId });
    await assert.rejects(client.call('restoreLoggedModel', { modelId }), { reason: 'not-found' });
    await assert.rejects(client.call('previewPurge', { modelIds: [modelId] }), { reason: 'invalid-input' });
    assert.equal((await client.call('getRun', { runId: kept })).models.length, 1);
    await client.call('deleteLoggedModel', { modelId });
    assert.deepEqual(await client.call('previewPurge', { modelIds: [modelId] }), { experiments: 0, runs: 0, models: 1, files: 0, bytes: 0, kept: [] });
    assert.equal((await client.call('purge', { modelIds: [modelId] })).models, 1);
    const left = await client.call('listDeleted', {});
    assert.deepEqual([left.models.length, left.runs.map(({ runId }) => runId)], [0, [gone]]);
  });

  it('deletes a registered model with its versions and leaves its run', async () => {
    const runId = await mlflow.createRun();
    await mlflow.post('registered-models/create', { name: 'short-lived' });
    await mlflow.post('model-versions/create', { name: 'short-lived', source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
    await client.call('deleteModel', { name: 'short-lived' });
    assert.deepEqual((await client.call('listModels', {})).models, []);
    await client.call('getRun', { runId });
    await assert.rejects(client.call('deleteModel', { name: 'short-lived' }), { reason: 'not-found' });
  });
});

describe('moving runs to another experiment', () => {
  let home: TrackingHome;
  before(() => {
    home = openTrackingHome();
  });
  after(() => home.close());

  it('takes metrics, models and datasets along and leaves the artifacts where they are', () => {
    const { experiments, runs, logging, inputs, models, moveRuns, searchRuns, searchModels, describeRuns } = home.tracking.stores;
    const from = experiments.create('from');
    const to = experiments.create('to');
    const dataset = { name: 'churn', digest: 'abc', sourceType: 'local', source: 'x', schema: undefined, profile: undefined };
    const [moved, stays] = ['moved', 'stays'].map((name, index) => {
      const { run_id: runId } = runs.create({ experimentId: from, name, startedAt: index });
      logging.logMetric(runId, { key: 'auc', value: index, at: 1, step: 0 });
      inputs.logInputs(runId, [{ dataset, tags: { 'mlflow.data.context': 'train' } }], []);
      return runId;
    });
    assert.ok(moved !== undefined && stays !== undefined);
    const model = models.create({ experimentId: from, name: 'model', sourceRunId: moved, modelType: undefined, params: [], tags: [] });
    const before = describeRuns([runs.find(moved)])[0];

    assert.deepEqual(moveRuns([moved, moved], to).map(({ run_id: runId }) => runId), [moved]);
    assert.deepEqual(moveRuns([moved], to), []);

    const find = (experiment: string, filter: string): string[] =>
      searchRuns({ experiments: [Number(experiment)], filter, orderBy: ['metrics.auc'], limit: 10 }).map(({ name }) => name);
    assert.deepEqual(find(to, "dataset.name = 'churn' AND dataset.context = 'train'"), ['moved']);
    assert.deepEqual(find(from, "dataset.name = 'churn'"), ['stays']);
    // The page of one is read from the index of metrics alone.
    assert.deepEqual(searchRuns({ experiments: [Number(to)], orderBy: ['metrics.auc'], limit: 1 }).map(({ name }) => name), ['moved']);
    assert.deepEqual(searchModels({ experiments: [Number(to)], limit: 10 }).map(({ model_id: modelId }) => modelId), [model.row.model_id]);
    const after = describeRuns([runs.find(moved)])[0];
    assert.equal(after?.row.artifact_uri, before?.row.artifact_uri);
    assert.deepEqual(after?.datasets, before?.datasets);
    assert.deepEqual(inputs.summaries([Number(to)]).map(({ digest, context }) => [digest, context]), [['abc', 'train']]);
  });

  it('moves all or none', () => {
    const { experiments, runs, moveRuns } = home.tracking.stores;
    const from = experiments.create('a');
    const to = experiments.create('b');
    const { run_id: good } = runs.create({ experimentId: from, startedAt: 1 });
    const { run_id: deleted } = runs.create({ experimentId: from, startedAt: 2 });
    runs.delete(deleted);
    assert.throws(() => moveRuns([good, deleted], to), { reason: 'invalid-input' });
    assert.equal(String(runs.find(good).experiment), from);
    experiments.delete(to);
    assert.throws(() => moveRuns([good], to), { reason: 'invalid-input' });
  });
});
