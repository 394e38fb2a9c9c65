import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls, type MlflowCalls } from './mlflowCalls.ts';

const createdModel = z.object({ model: z.object({ info: z.object({ model_id: z.string() }) }) });

describe("the companion's own calls of tracking and registry", () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let mlflow: MlflowCalls;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    mlflow = mlflowCalls(client);
  });
  after(() => home.close());

  const create = (experimentId: string, name: string): Promise<string> => mlflow.createRun({ experiment_id: experimentId, run_name: name });

  /** A logged model of two small files. */
  const logModel = async (experiment: string, runId: string, requirements: string): Promise<string> => {
    const created = await mlflow.post('logged-models', { experiment_id: experiment, name: 'model', source_run_id: runId });
    const { model_id: modelId } = createdModel.parse(created).model.info;
    for (const [file, text] of [
      ['MLmodel', `flavors:\n  python_function:\n    python_version: 3.11.2\nsignature:\n  inputs: '[{"type": "double", "name": "age", "required": true}]'\n  outputs: '[{"type": "${requirements.includes('=1.1') ? 'string' : 'long'}", "required": true}]'\n`],
      ['requirements.txt', requirements],
    ] as const) {
      await mlflow.upload(`${experiment}/models/${modelId}/artifacts/${file}`, text);
    }
    await mlflow.patch(`logged-models/${modelId}`, { model_id: modelId, status: 'LOGGED_MODEL_READY' });
    return modelId;
  };

  it('list experiments by their last use, with their runs', async () => {
    const older = await mlflow.createExperiment('older');
    const newer = await mlflow.createExperiment('newer');
    await create(newer, 'x');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await create(older, 'y');
    const { experiments } = await client.call('listExperiments', {});
    const names = experiments.map(({ name }) => name).filter((name) => name === 'older' || name === 'newer');
    assert.deepEqual(names, ['older', 'newer']);
    assert.equal(experiments.find(({ experimentId }) => experimentId === newer)?.runs, 1);
  });

  it('list, filter, rename, delete and restore runs', async () => {
    const experimentId = await mlflow.createExperiment('runs');
    const ids = [await create(experimentId, 'a'), await create(experimentId, 'b')];
    await mlflow.post('runs/log-metric', { run_id: ids[0], key: 'loss', value: 'NaN', timestamp: 1 });
    const list = async (filter?: string): Promise<string[]> =>
      (await client.call('listRuns', { experimentId, ...(filter === undefined ? {} : { filter }) })).runs.map(({ name }) => name).sort();
    assert.deepEqual(await list(), ['a', 'b']);
    assert.deepEqual(await list("run_name = 'b' OR metrics.loss != 1"), ['a', 'b']);
    assert.deepEqual(await list("run_name = 'b'"), ['b']);
    await assert.rejects(list('nonsense'), { reason: 'invalid-input' });
    assert.equal((await client.call('getRun', { runId: ids[0] ?? '' })).metrics['loss'], 'NaN');
    assert.equal((await client.call('renameRun', { runId: ids[0] ?? '', name: 'c' })).tags['mlflow.runName'], 'c');
    await client.call('deleteRun', { runId: ids[1] ?? '' });
    assert.deepEqual(await list(), ['c']);
    await client.call('restoreRun', { runId: ids[1] ?? '' });
    assert.deepEqual(await list(), ['b', 'c']);
    const short = await client.call('listRuns', { experimentId, limit: 1 });
    assert.deepEqual([short.runs.length, short.truncated], [1, true]);
    await assert.rejects(client.call('getRun', { runId: 'nothing' }), { reason: 'not-found' });
  });

  it('compare runs row by row', async () => {
    const experimentId = await mlflow.createExperiment('compare');
    const ids = [await create(experimentId, 'a'), await create(experimentId, 'b')];
    for (const [index, runId] of ids.entries()) {
      await mlflow.post('runs/log-batch', {
        run_id: runId,
        params: [
          { key: 'depth', value: String(index) },
          { key: 'kind', value: 'tree' },
        ],
        metrics: index === 0 ? [{ key: 'auc', value: 0.5, timestamp: 1 }] : [],
        tags: [{ key: 'mlflow.source.git.commit', value: 'abc' }],
      });
      await mlflow.post('runs/log-inputs', {
        run_id: runId,
        datasets: [{ dataset: { name: 'customers', digest: `d${index}`, source_type: 'local', source: '{}' }, tags: [{ key: 'mlflow.data.context', value: 'train' }] }],
      });
      await logModel(experimentId, runId, `mlflow==3.1\nscikit-learn==1.${index}\n`);
    }
    const { rows, runs } = await client.call('compareRuns', { runIds: ids });
    const row = (kind: string, key: string): unknown => rows.find((candidate) => candidate.kind === kind && candidate.key === key);
    assert.deepEqual(row('param', 'depth'), { kind: 'param', key: 'depth', values: ['0', '1'], differs: true });
    assert.deepEqual(row('param', 'kind'), { kind: 'param', key: 'kind', values: ['tree', 'tree'], differs: false });
    assert.deepEqual(row('metric', 'auc'), { kind: 'metric', key: 'auc', values: [0.5, null], differs: true });
    assert.deepEqual(row('environment', 'scikit-learn'), { kind: 'environment', key: 'scikit-learn', values: ['1.0', '1.1'], differs: true });
    assert.deepEqual(row('code', 'commit'), { kind: 'code', key: 'commit', values: ['abc', 'abc'], differs: false });
    assert.deepEqual(row('environment', 'python'), { kind: 'environment', key: 'python', values: ['3.11.2', '3.11.2'], differs: false });
    assert.deepEqual(row('signature', 'input age'), { kind: 'signature', key: 'input age', values: ['double', 'double'], differs: false });
    assert.deepEqual(row('signature', 'output'), { kind: 'signature', key: 'output', values: ['long', 'string'], differs: true });
    assert.deepEqual(row('data', 'customers (train)'), { kind: 'data', key: 'customers (train)', values: ['d0', 'd1'], differs: true });
    assert.equal(runs[0]?.models.length, 1);
  });

  it('give the histories of metrics for charts', async () => {
    const runId = await create(await mlflow.createExperiment('series'), 'a');
    const metrics = Array.from({ length: 1000 }, (_, step) => ({ key: 'loss', value: step === 500 ? 99 : 1 / (step + 1), timestamp: step, step }));
    await mlflow.post('runs/log-batch', { run_id: runId, metrics });
    const { series } = await client.call('getMetricSeries', { runIds: [runId], keys: ['loss', 'missing'], maxPoints: 50 });
    assert.equal(series.length, 1);
    assert.equal(series[0]?.total, 1000);
    assert.ok((series[0]?.points.length ?? 0) <= 50);
    assert.ok(series[0]?.points.some(({ high }) => high === 99));
    const zoomed = await client.call('getMetricSeries', { runIds: [runId], keys: ['loss'], window: { by: 'step', from: 490, to: 509 } });
    assert.deepEqual([zoomed.series[0]?.total, zoomed.series[0]?.points[10]], [20, { step: 500, timestamp: 500, value: 99 }]);
  });

  it('register the model that a run logged last, with aliases, and delete the version again', async () => {
    const experimentId = await mlflow.createExperiment('models');
    const runId = await create(experimentId, 'a');
    await assert.rejects(client.call('registerVersion', { name: 'churn', source: { kind: 'latest-of-run', runId } }), { reason: 'not-found' });
    const modelId = await logModel(experimentId, runId, 'mlflow==3.1\n');
    const version = await client.call('registerVersion', {
      name: 'churn',
      source: { kind: 'latest-of-run', runId },
      description: 'first',
      aliases: ['champion'],
      tags: { team: 'north' },
    });
    assert.deepEqual(
      [version.version, version.modelId, version.aliases, version.tags, version.description],
      [1, modelId, ['champion'], { team: 'north' }, 'first'],
    );
    await client.call('registerVersion', { name: 'churn', source: { kind: 'logged-model', modelId } });
    assert.deepEqual((await client.call('setAlias', { name: 'churn', alias: 'champion', version: 2 })).aliases, { champion: 2 });
    assert.equal((await client.call('describeVersion', { name: 'churn', version: 1, description: 'changed' })).description, 'changed');
    await client.call('deleteVersion', { name: 'churn', version: 1 });
    const { models } = await client.call('listModels', {});
    const others = Array.from({ length: 1000 }, (_none, index) => `other-${index}`);
    await Promise.all(
      others.map(async (name) => {
        const made = await fetch(`${client.baseUrl}/api/2.0/mlflow/registered-models/create`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${client.lock.token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ name }),
        });
        assert.equal(made.status, 200);
      }),
    );
    assert.equal((await client.call('listModels', {})).models.length, 1001, 'none is left out');
    assert.deepEqual(
      models.map(({ name, versions }) => [name, versions.map((found) => found.version)]),
      [['churn', [2]]],
    );
    await assert.rejects(client.call('registerVersion', { name: 'a/b', source: { kind: 'logged-model', modelId } }), { reason: 'invalid-input' });
    await assert.rejects(client.call('registerVersion', { name: 'other', source: { kind: 'logged-model', modelId }, aliases: ['latest'] }), {
      reason: 'invalid-input',
    });
    await assert.rejects(client.call('getModel', { name: 'other' }), { reason: 'not-found' });
  });
});
