import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { content, openTrackingHome, type TrackingHome } from '../tracking/trackingHome.ts';
import { askedBy } from '../../harness/askedBy.ts';

const mlmodel = `
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.11.2}
  sklearn: {pickled_model: model.pkl}
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "string", "name": "plan", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`;

describe('the registry', () => {
  let home: TrackingHome;
  let modelId = '';
  let runId = '';
  let counter = 0;
  let name = '';
  before(async () => {
    home = openTrackingHome();
    const { tracking } = home;
    runId = tracking.createRun({ experimentName: 'x', name: 'train', startedAt: 5, tags: {} }).runId;
    tracking.logParams(runId, { depth: '3' });
    tracking.logMetrics(runId, [{ key: 'auc', value: 0.8, at: 1, step: 0 }]);
    tracking.setTags(runId, {
      'slipway.git.commit': 'abc',
      'slipway.git.dirty': 'true',
      'slipway.data': JSON.stringify([{ path: 'churn.csv', sha256: 'a'.repeat(64), bytes: 10, modifiedAt: 1 }]),
    });
    const { row } = tracking.stores.models.create({ experimentId: '0', name: 'model', sourceRunId: runId, params: [], tags: [] });
    modelId = row.model_id;
    const root = `0/models/${modelId}/artifacts`;
    await tracking.stores.artifacts.put(`${root}/MLmodel`, content(mlmodel));
    await tracking.stores.artifacts.put(`${root}/data/model.pkl`, content('pickle'));
    await tracking.stores.artifacts.put(`${root}/requirements.txt`, content('mlflow==3\n# comment\nscikit-learn==1.9\n\n'));
    await tracking.stores.artifacts.put(`${root}/python_env.yaml`, content('python: 3.11.2\n'));
    tracking.stores.models.setStatus(modelId, 'LOGGED_MODEL_READY');
  });
  after(() => home.close());

  const register = (): number => home.registry.createVersion({ name, source: `models:/${modelId}`, modelId, tags: new Map() }, askedBy('tester')).version;
  beforeEach(() => {
    counter += 1;
    name = `model-${counter}`;
    home.registry.createModel(name, undefined, new Map(), askedBy('tester'));
  });

  it('describes a version by its files and by the run it came from', async () => {
    const version = await home.registry.version(name, register());
    assert.deepEqual(version.flavors, ['python_function', 'sklearn']);
    assert.deepEqual(version.signature, {
      inputs: [
        { name: 'age', type: 'double', required: true },
        { name: 'plan', type: 'string', required: false },
      ],
      outputs: [{ type: 'int64', required: true, shape: [-1] }],
    });
    assert.deepEqual(version.params, { depth: '3' });
    assert.deepEqual(version.metrics, { auc: 0.8 });
    assert.equal(version.lineage.runId, runId);
    assert.deepEqual(version.lineage.git, { commit: 'abc', dirty: true });
    assert.deepEqual(
      version.lineage.data.map(({ path, sha256 }) => [path, sha256]),
      [['churn.csv', 'a'.repeat(64)]],
    );
    assert.equal(version.lineage.environment?.packages, 2);
    assert.equal(version.lineage.environment.python, '3.11.2');
    assert.deepEqual(
      home.registry.files(name, version.version).map(({ path }) => path),
      ['MLmodel', 'data/model.pkl', 'python_env.yaml', 'requirements.txt'],
    );
  });

  it('gives the same files the same digest, and other files another', async () => {
    const [first, second] = (await Promise.all([register(), register()].map((version) => home.registry.version(name, version)))).map(({ digest }) => digest);
    assert.equal(first, second);
    const path = `0/models/${modelId}/artifacts/extra.txt`;
    await home.tracking.stores.artifacts.put(path, content('more'));
    assert.notEqual((await home.registry.version(name, 1)).digest, first);
    home.tracking.stores.artifacts.delete(path);
    assert.equal((await home.registry.version(name, 1)).digest, first);
  });

  it('finds a version by number, alias and latest, and else says what there is', async () => {
    register();
    register();
    home.registry.setAlias(name, 'champion', 1, askedBy('tester'));
    for (const [selector, version] of [[1, 1], ['2', 2], ['@champion', 1], ['champion', 1], ['latest', 2]] as const) {
      assert.equal((await home.registry.resolve(name, selector)).version, version, String(selector));
    }
    await assert.rejects(
      home.registry.resolve(name, '@challenger'),
      (error) => Problem.is(error, 'not-found') && /champion \(version 1\).*2, 1/.test(error.remedy ?? ''),
    );
    await assert.rejects(home.registry.resolve(name, 7), (error) => Problem.is(error, 'not-found') && /1, 2/.test(error.remedy ?? ''));
    await assert.rejects(home.registry.resolve('nothing', 1), (error) => Problem.is(error, 'not-found') && (error.remedy ?? '').includes(name));
  });

  it('records who moved an alias from where to where', () => {
    register();
    register();
    home.registry.setAlias(name, 'champion', 1, askedBy('anna'));
    home.registry.setAlias(name, 'champion', 2, askedBy('ben'));
    home.registry.setAlias(name, 'champion', 2, askedBy('ben'));
    home.registry.deleteAlias(name, 'champion', askedBy('carl'));
    const model = home.registry.stores.models.find(name);
    assert.deepEqual(
      home.registry.stores.aliases.history(model.id, 'champion').map(({ version, actor }) => [version, actor]),
      [
        [undefined, 'carl'],
        [2, 'ben'],
        [1, 'anna'],
      ],
    );
    const [removed, moved] = home.audit.list({ subject: name, limit: 10 });
    assert.deepEqual([removed?.action, removed?.detail], ['alias.deleted', { alias: 'champion', from: 2 }]);
    assert.deepEqual([moved?.action, moved?.actor, moved?.detail], ['alias.set', 'ben', { alias: 'champion', version: 2, from: 1 }]);
  });

  it('moves an alias within the transaction of a caller, or not at all', () => {
    register();
    assert.throws(() =>
      home.context.database.transaction(() => {
        home.registry.setAlias(name, 'champion', 1, askedBy('tester'));
        throw new Error('the rest failed');
      })(),
    );
    const { aliases, models } = home.registry.stores;
    assert.equal(aliases.ofModel(models.find(name).id).size, 0);
  });

  it('never gives a number again', () => {
    assert.equal(register(), 1);
    assert.equal(register(), 2);
    home.registry.deleteVersion(name, 2, askedBy('tester'));
    assert.equal(register(), 3);
    const { models, versions } = home.registry.stores;
    assert.deepEqual(
      versions.ofModel(models.find(name).id).map(({ version }) => version),
      [3, 1],
    );
  });

  it('keeps what a guard protects', async () => {
    register();
    const guarded = name;
    home.registry.onBeforeDelete((version) => {
      if (version.name === guarded) {
        throw new Problem('conflict', 'It is served.');
      }
    });
    assert.throws(() => home.registry.deleteVersion(guarded, 1, askedBy('tester')), /It is served/);
    assert.throws(() => home.registry.deleteModel(guarded, askedBy('tester')), /It is served/);
    assert.throws(() => home.registry.renameModel(guarded, 'other', askedBy('tester')), /It is served/);
    assert.equal((await home.registry.version(guarded, 1)).version, 1);
  });

  it('takes files from the run or model that is named, and from nowhere else', () => {
    const { artifact_uri: uri } = home.tracking.stores.runs.find(runId);
    const create = (source: string, run?: string): string =>
      home.registry.createVersion({ name, source, runId: run, tags: new Map() }, askedBy('tester')).storage_location ?? '';
    assert.equal(create(`${uri}/model`, runId), `${uri}/model`);
    assert.equal(create(`runs:/${runId}/model`, runId), `${uri}/model`);
    assert.equal(create(`runs:/${runId}/`, runId), uri);
    assert.equal(create('s3://bucket/model'), 's3://bucket/model');
    assert.equal(create('runs:/run-of-another-server/model', 'run-of-another-server'), 'runs:/run-of-another-server/model');
    for (const [source, run] of [
      ['/etc', runId],
      ['file:///etc', runId],
      ['./model', runId],
      ['./model', '0'.repeat(32)],
      [`${uri}/../x`, runId],
      [`${uri}/./x`, runId],
      [`${uri}/%2e%2e/x`, runId],
      [uri, undefined],
      [`${uri}x/model`, runId],
      ['mlflow-artifacts:/9/other', runId],
      [`runs:/${runId}/model`, undefined],
      [`runs://host/${runId}/model`, runId],
      [`runs:${runId}/model`, runId],
      [`runs:/${'0'.repeat(32)}/model`, runId],
      [`runs:/${runId}/model`, '0'.repeat(32)],
      [`${uri}/model`, '0'.repeat(32)],
      ['s3://bucket', undefined],
      [`models:/${name}`, undefined],
      [`models:/${modelId}`, undefined],
      [`models://${modelId}`, undefined],
    ] as const) {
      assert.throws(() => create(source, run), (error) => Problem.is(error, 'invalid-input') && /^Invalid model version source/.test(error.message), source);
    }
    for (const source of ['https://example.org/model', 'mlflow-artifacts://example.org/model', 'http://127.0.0.1/api/2.0/mlflow-artifacts/artifacts/0/x']) {
      assert.throws(() => create(source, runId), /addresses a host other than this server/, source);
    }
  });

  it('copies the version that a URI names', () => {
    const copy = (selector: string): string => home.registry.createVersion({ name, source: `models:/${name}${selector}`, tags: new Map() }, askedBy('tester')).source ?? '';
    [1, 2, 3].forEach(() => register());
    home.registry.stores.versions.setStage(name, 2, 'Production', false);
    home.registry.setAlias(name, 'champion', 1, askedBy('tester'));
    assert.deepEqual(['/3', '/latest', '/production', '@champion'].map(copy), [`models:/${name}/3`, `models:/${name}/4`, `models:/${name}/2`, `models:/${name}/1`]);
    assert.throws(() => copy('/Staging'), (error) => Problem.is(error, 'not-found') && error.message === `No versions of model with name '${name}' and stage 'Staging' found`);
    assert.throws(() => copy('/9'), (error) => Problem.is(error, 'not-found'));
    assert.throws(() => copy('@none'), /Registered model alias none not found/);
  });
});
