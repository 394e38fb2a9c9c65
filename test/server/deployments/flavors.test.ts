import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Rollout } from '../../../server/contract/deployments.ts';
import { openEndpointHome, predict, type EndpointHome } from './endpointHome.ts';

describe('a model as mlflow logged it', () => {
  let home: EndpointHome;
  let versions: Record<'pyfunc' | 'transformer' | 'pinned' | 'ranged' | 'xgboost' | 'lightgbm', number>;
  before(async () => {
    home = await openEndpointHome();
    await home.start();
    versions = await home.register('logged', 'pyfunc', 'transformer', 'pinned', 'ranged', 'xgboost', 'lightgbm');
  });
  after(() => home.close());

  const deploy = (kind: keyof typeof versions): Promise<Rollout> => home.deploy({ name: kind, model: 'logged', version: versions[kind] });
  const environments = (): string[] => readdirSync(path.join(home.root, 'environments')).filter((name) => name !== 'tools');
  const refused = async (kind: keyof typeof versions, message: RegExp): Promise<void> => {
    const rollout = await deploy(kind);
    assert.equal(rollout.state, 'failed', rollout.message);
    assert.equal(rollout.step, 'preflight');
    assert.match(rollout.message, message);
    assert.deepEqual(environments(), [], 'nothing was installed');
  };

  it('is refused before any tool is fetched when its method or pinned library cannot be served', async () => {
    await refused('transformer', /called by transform.*pyfunc_predict_fn set to one of predict, /);
    await refused('pinned', /saved with scikit-learn \S+, but 1\.6\.1 is pinned in its requirements\.txt\. Require scikit-learn==/);
    assert.deepEqual(readdirSync(path.join(home.root, 'environments')), [], 'not even what resolves packages');
  });

  it('is refused before anything is installed when its requirements resolve to another version of the library', async () => {
    await refused('ranged', /saved with scikit-learn \S+, but 1\.6\.\d+ is what its requirements resolve to\. Require scikit-learn==/);
  });

  it('is deployed as a Python function with mlflow in its environment, where no flavor of it has a row', async () => {
    const rollout = await deploy('pyfunc');
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const { url, liveRelease } = await home.endpoint('pyfunc');
    assert.ok(liveRelease);
    const { model, environment } = await home.client().call('getRelease', { digest: liveRelease });
    assert.equal(model.flavor, 'python_function');
    assert.ok(environment.packages.some(({ name }) => name === 'mlflow-skinny'));
    assert.deepEqual((await predict(url, 3)).predictions, [{ a: 6 }]);
  });

  for (const kind of ['xgboost', 'lightgbm'] as const) {
    it(`is deployed with what mlflow requires for ${kind}, and predicts`, async () => {
      const rollout = await deploy(kind);
      assert.equal(rollout.state, 'succeeded', rollout.message);
      // The one of LightGBM was registered by slipway.register.
      assert.equal(rollout.journal.some(({ message }) => message.includes('as in the notebook that registered')), kind === 'lightgbm');
      const { baselineSource, features } = await home.client().call('getMonitoring', { name: kind });
      assert.equal(baselineSource, kind === 'lightgbm' ? 'training-data' : 'none');
      if (kind === 'lightgbm') {
        assert.deepEqual(features.map(({ name, baseline }) => [name, baseline != null && 'count' in baseline ? baseline.count : 0]), [['a', 40], ['b', 40]]);
      }
      const { url, liveRelease } = await home.endpoint(kind);
      assert.ok(liveRelease);
      const { model, environment } = await home.client().call('getRelease', { digest: liveRelease });
      assert.equal(model.flavor, kind);
      const packages = environment.packages.map(({ name }) => name).filter((name) => name.startsWith(kind) || name.startsWith('mlflow') || name.startsWith('nvidia'));
      assert.equal(packages.length, 1, packages.join(' '));
      const [low, high] = await Promise.all([predict(url, -0.5), predict(url, 0.5)]);
      assert.ok(Number(([] as unknown[]).concat(low.predictions)[0]) < 0.5, JSON.stringify(low));
      assert.ok(Number(([] as unknown[]).concat(high.predictions)[0]) > 0.5, JSON.stringify(high));
    });
  }
});
