import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isChecking, type LoadCheck } from '../../../server/contract/loadChecks.ts';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../harness/until.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

describe('whether a version loads elsewhere', () => {
  let home: PreparedHome;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(() => home.close());

  const found = async (name: string, version: number): Promise<LoadCheck | undefined> =>
    (await home.client().call('listLoadChecks', { name })).checks.find((check) => check.version === version);
  const checked = async (name: string, version: number): Promise<LoadCheck> => {
    await home.client().call('checkLoad', { name, version });
    await until(async () => {
      const check = await found(name, version);
      return check !== undefined && !isChecking(check);
    });
    return (await found(name, version)) ?? assert.fail();
  };

  it('is found in the environment of its lock, by a process that ends, and costs no endpoint', async () => {
    const { versions } = home;
    assert.equal(await found('rule', versions.steady), undefined, 'nothing is said of what was not checked');
    const loads = await checked('rule', versions.steady);
    assert.equal(loads.state, 'loads', loads.message);
    assert.match(loads.message, /^Loads in an environment of its own \(Python \S+, \d+ packages\) and (?:predicts its example|answers its example as recorded)\.$/);
    assert.deepEqual((await home.client().call('listEndpoints', {})).endpoints, []);
    assert.deepEqual(readdirSync(path.join(home.root, 'replicas')).filter((name) => name.startsWith('b')), []);
    const broken = await checked('rule', versions.broken);
    assert.equal(broken.state, 'fails');
    assert.match(broken.message, /The model does not predict its own example: RuntimeError/);
  });

  it('names what is missing, and is kept over a restart', async () => {
    const { alone } = await home.register('apart', 'alone');
    const check = await checked('apart', alone);
    assert.equal(check.state, 'fails');
    assert.deepEqual(check.missing, { kind: 'package', name: 'rule' });
    assert.match(check.remedy ?? '', /requirements=\["rule"\]/);
    await home.kill();
    await home.start();
    assert.deepEqual(await found('apart', alone), check);
  });
});
