import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { CallFailure } from '../../../server/client/callFailure.ts';
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
