import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { liveReplica } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

/** Bytes, soft and hard, of RLIMIT_DATA. */
function dataLimit(pid: string | undefined): string[] {
  const line = /^Max data size +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'));
  return line?.slice(1) ?? [];
}

describe('the memory limit of the settings', { skip: process.platform !== 'linux' }, () => {
  let home: PreparedHome;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(() => home.close());

  it('is refused where nothing could run in it', async () => {
    await assert.rejects(home.client().call('changeSettings', { replicaMemoryMegabytes: 32 }), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'replicaMemoryMegabytes');
  });

  it('is a part of the releases that are deployed from then on, and the limit of their processes', async () => {
    await home.deploy({ name: 'limited', model: 'rule', version: home.versions.steady });
    const free = await home.endpoint('limited');
    assert.deepEqual(dataLimit(liveReplica(free).handle), ['unlimited', 'unlimited']);
    await home.client().call('changeSettings', { replicaMemoryMegabytes: 1024 });
    const rollout = await home.deploy({ name: 'limited', model: 'rule', version: home.versions.steady });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const limited = await home.endpoint('limited');
    const bytes = String(1024 * 1024 * 1024);
    assert.deepEqual(dataLimit(liveReplica(limited).handle), [bytes, bytes]);
    const { differences } = await home.client().call('compareReleases', { from: free.liveRelease ?? '', to: limited.liveRelease ?? '' });
    assert.deepEqual(differences, [{ part: 'serving', key: 'memory', before: 'no limit', after: '1024 MB' }]);
  });

  it('is shared by the workers of a replica, and gives way to what a deploy asks for', async () => {
    await home.deploy({ name: 'limited', model: 'rule', version: home.versions.steady, serving: { workers: 2, memoryMegabytes: 1536 } });
    const { handle } = liveReplica(await home.endpoint('limited'));
    const bytes = 1536 * 1024 * 1024;
    assert.deepEqual(dataLimit(handle), [String(bytes), String(bytes)]);
    const parts = readFileSync(`/proc/${handle}/task/${handle}/children`, 'utf8').trim().split(' ').map((worker) => Number(dataLimit(worker)[0]));
    assert.equal(parts.length, 2);
    assert.ok(parts.every((part) => part >= bytes / 2 && part < bytes), parts.join(' '));
  });

  it('keeps what is live where the model needs more', async () => {
    const before = await home.endpoint('limited');
    await home.client().call('changeSettings', { replicaMemoryMegabytes: 64 });
    const rollout = await home.deploy({ name: 'limited', model: 'rule', version: home.versions.steady });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /64 megabytes of memory: deploy it with more, --memory 128, or raise the setting replicaMemoryMegabytes/);
    const now = await home.endpoint('limited');
    assert.deepEqual([now.liveRelease, now.state], [before.liveRelease, 'live']);
  });
});
