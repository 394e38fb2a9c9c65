import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { predict } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

const value = 'cheese-and-onion-4711';
const serving = {
  secrets: ['STORE_TOKEN'],
  after: { file: 'steps.py', name: 'shown', source: 'import os\ndef shown(answers):\n    return [os.environ["STORE_TOKEN"][::-1] for _ in answers]\n' },
};

describe('a secret of a release', () => {
  let home: PreparedHome;
  let slipway: CommandLine;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
    slipway = commandLine(home.root);
  });
  after(() => home.close());

  it('that is not kept is named before anything is built', async () => {
    const rollout = await home.deploy({ name: 'told', model: 'rule', version: home.versions.steady, serving });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /wants the secret STORE_TOKEN, which is not kept here.*slipway secret set STORE_TOKEN/s);
    assert.deepEqual([...new Set(rollout.journal.map(({ step }) => step))], ['preflight']);
  });

  it('is a variable of the replica, and in no file but the one of the secrets', async () => {
    const kept = await slipway.json(['secret', 'set', 'STORE_TOKEN'], { input: `${value}\n` });
    assert.deepEqual(kept, { code: 0, value: { name: 'STORE_TOKEN', kept: true } });
    const rollout = await home.deploy({ name: 'told', model: 'rule', version: home.versions.steady, serving });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const { url } = await home.endpoint('told');
    assert.deepEqual((await predict(url)).predictions, [[...value].reverse().join('')]);
    const release = await home.client().call('getRelease', { digest: rollout.to ?? '' });
    assert.deepEqual(release.serving.secrets, ['STORE_TOKEN']);
    const holding = globSync('**/*', { cwd: home.root }).filter((name) => {
      const file = path.join(home.root, name);
      return !name.startsWith('environments') && statSync(file).isFile() && readFileSync(file).includes(value);
    });
    assert.deepEqual(holding, [path.join('secrets', 'secrets.json')]);
    assert.deepEqual((await slipway.json(['secret', 'list'])).value, { names: ['STORE_TOKEN'] });
    const { entries } = await home.client().call('listAudit', { subject: 'STORE_TOKEN' });
    assert.deepEqual(entries.map(({ action }) => action), ['secret.set']);
  });

  it('cannot be a plain variable as well, and is refused when it has gone', async () => {
    const both = await home.deploy({ name: 'told', model: 'rule', version: home.versions.steady, serving: servingConfig.parse({ ...serving, environment: { STORE_TOKEN: 'plain' } }) });
    assert.match(both.message, /STORE_TOKEN is both a secret and a plain variable/);
    assert.equal((await slipway.run(['secret', 'delete', 'STORE_TOKEN'])).code, 0);
    const gone = await home.deploy({ name: 'told', model: 'rule', version: home.versions['steady:1'], serving });
    assert.match(gone.message, /wants the secret STORE_TOKEN/);
    assert.equal((await home.endpoint('told')).state, 'live');
  });
});
