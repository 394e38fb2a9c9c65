import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { ensureModules } from '../../../server/deployments/targets/process/compiledModules.ts';
import { findCage } from '../../../server/platform/cage.ts';
import { testPython } from '../../harness/commandLine.ts';
import { openCompanionHome } from '../../harness/testCompanion.ts';

describe('the targets of a companion', () => {
  const home = openCompanionHome();
  let client: CompanionClient;
  before(async () => {
    client = await home.start({ environment: { SLIPWAY_DOCKER_HOST: `unix://${home.root}/no.sock` } });
  });
  after(() => home.close());

  it('describe themselves, and the first that is available is the default', async () => {
    const { targets } = await client.call('listTargets', {});
    assert.deepEqual(
      targets.map(({ kind, label, buildsImages, settings, available, isDefault }) => [kind, label, buildsImages, settings, available, isDefault]),
      [
        ['docker', 'Container', true, ['dockerHost', 'baseImage', 'replicaMemoryMegabytes'], false, false],
        ['process', 'Local process', false, ['python', 'replicaMemoryMegabytes'], true, true],
      ],
    );
  });

  it('are named where a deploy or a setting names another, and nothing is changed', async () => {
    const refused = (field: string) => (error: unknown) => CallFailure.is(error, 'invalid-input') && error.field === field && /docker, process/.test(error.remedy ?? '');
    await assert.rejects(client.call('deploy', { name: 'far', model: 'rule', version: 1, target: 'moon' }), refused('target'));
    assert.deepEqual(await client.call('listEndpoints', {}), { endpoints: [] });
    await assert.rejects(client.call('changeSettings', { defaultTarget: 'moon' }), refused('defaultTarget'));
    assert.equal((await client.call('getSettings', {})).defaultTarget, 'auto');
  });
});

describe('the modules of an environment', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-modules-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are compiled once for a deploy and a check that want them at the same time', async (t) => {
    await promisify(execFile)(testPython, ['-m', 'venv', '--without-pip', folder]);
    const venv = { python: path.join(folder, 'bin', 'python'), base: testPython };
    const cage = await findCage(venv.base);
    if (cage.mechanism === 'none') {
      t.skip('without a cage each replica compiles for itself');
      return;
    }
    const said: string[] = [];
    const compile = (): Promise<void> => ensureModules(venv, cage, path.join(folder, 'home'), (line) => void said.push(line), new AbortController().signal);
    await Promise.all([compile(), compile(), compile()]);
    assert.deepEqual(said, ['Compiling the modules of the environment']);
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes('modules')).map((name) => name.replace(/-.*/, '')), ['modules']);
  });
});
