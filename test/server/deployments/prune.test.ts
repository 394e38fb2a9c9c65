import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { hasEnded, predict } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome, type PreparedVersions } from './preparedHome.ts';

describe('pruning', () => {
  let home: PreparedHome;
  let versions: PreparedVersions;
  before(async () => {
    home = await openPreparedHome();
    ({ versions } = home);
    await home.start();
    for (const kind of ['steady', 'steady:1', 'steady:2'] as const) {
      const rollout = await home.deploy({ name: 'road', model: 'rule', version: versions[kind] });
      assert.equal(rollout.state, 'succeeded', rollout.message);
    }
  });
  after(() => home.close());

  const inFolder = (name: string): string[] => readdirSync(path.join(home.root, name)).filter((entry) => /^[0-9a-f]{64}$/.test(entry)).sort();

  it('keeps every release while an endpoint may go back to it', async () => {
    const report = await home.client().call('prune', {});
    assert.deepEqual([report.items, report.keptReleases], [[], 3]);
    assert.equal(inFolder('releases').length, 3);
  });

  it('says first what it would free, and leaves what runs and what is warm', async () => {
    // A replica that drains still needs its release.
    const oldest = (await home.endpoint('road', ({ replicas }) => replicas.length === 2)).history.at(-1)?.release;
    const preview = await home.client().call('previewPrune', { keep: 1 });
    assert.deepEqual(preview.items.map(({ kind, name, detail }) => [kind, name, detail]), [['release', oldest, `rule ${versions.steady}`]]);
    assert.ok(preview.bytes > 0);
    assert.equal(inFolder('releases').length, 3);

    const report = await home.client().call('prune', { keep: 1 });
    assert.deepEqual(report.items, preview.items);
    assert.deepEqual([report.keptReleases, (await home.client().call('previewPrune', {})).keptReleases], [2, 2]);
    assert.equal(inFolder('releases').length, 2);
    assert.equal(inFolder('environments').length, 1);
    const endpoint = await home.endpoint('road');
    assert.deepEqual(endpoint.history.map(({ readiness }) => readiness), ['live', 'warm', 'unavailable']);
    assert.equal((await predict(endpoint.url, 0.5)).status, 200);
    const { entries } = await home.client().call('listAudit', { subject: 'data home' });
    assert.deepEqual([entries[0]?.actor, entries[0]?.detail['items']], ['ada', [`release ${oldest}`]]);
  });

  it('refuses to go back to what was pruned, and deploying its version makes it anew', async () => {
    const pruned = (await home.endpoint('road')).history.at(-1);
    await assert.rejects(home.client().call('rollBack', { name: 'road', to: pruned?.release }), (error) => CallFailure.is(error) && /Deploy version 1 of rule again/.test(`${error.message} ${error.remedy}`));
    const rollout = await home.deploy({ name: 'road', model: 'rule', version: versions.steady });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.ok(inFolder('releases').includes(pruned?.release ?? ''));
  });

  it('leaves a deploy that runs beside it alone', async () => {
    const { id } = await home.client().call('deploy', { name: 'beside', model: 'rule', version: versions.slow });
    let refused = 0;
    let done = 0;
    for (;;) {
      await home.client().call('prune', { keep: 1 }).then(
        () => (done += 1),
        (error: unknown) => {
          assert.ok(CallFailure.is(error, 'conflict'), String(error));
          refused += 1;
        },
      );
      const rollout = await home.client().call('getRollout', { id });
      if (hasEnded(rollout)) {
        assert.equal(rollout.state, 'succeeded', rollout.message);
        break;
      }
    }
    assert.ok(done > 0, `${refused} times refused`);
    assert.equal((await predict((await home.endpoint('beside')).url, 0.5)).status, 200);
  });

  it('survives kill -9: what serves serves, and nothing is left half removed', async () => {
    await home.client().call('deleteEndpoint', { name: 'beside', evenIfBusy: 'true' });
    writeFileSync(path.join(home.root, 'replicas', 'gone.log'), 'left behind');
    const pruning = home.client().call('prune', { keep: 1 }).catch(() => undefined);
    await home.kill();
    await pruning;
    await home.start();
    for (const folder of ['releases', 'environments']) {
      assert.deepEqual(readdirSync(path.join(home.root, folder)).filter((name) => name.startsWith('.pruned-')), []);
    }
    assert.equal((await predict((await home.endpoint('road')).url, 0.5)).status, 200);
    await home.client().call('prune', { keep: 1 });
    assert.ok(!readdirSync(path.join(home.root, 'replicas')).includes('gone.log'));
  });

  it('frees everything once no endpoint is left', async () => {
    await home.client().call('deleteEndpoint', { name: 'road', evenIfBusy: 'true' });
    const report = await home.client().call('prune', {});
    assert.equal(report.keptReleases, 0);
    assert.deepEqual([inFolder('releases'), inFolder('environments')], [[], []]);
    assert.ok(report.items.some(({ kind }) => kind === 'environment'));
  });
});
