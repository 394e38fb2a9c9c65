import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { isUnderWay, type Endpoint, type Replica } from '../../../server/contract/deployments.ts';
import { readRouteFile, routeFilePath } from '../../../server/gateway/routeFile.ts';
import { processIdentity } from '../../../server/deployments/targets/process/processIdentity.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { until } from '../../harness/until.ts';
import { predict, startLoad } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome, type PreparedVersions } from './preparedHome.ts';

function replicasOf(endpoint: Endpoint, release = endpoint.liveRelease): Replica[] {
  return endpoint.replicas.filter((replica) => replica.release === release);
}

function allReady(endpoint: Endpoint, count: number): boolean {
  const replicas = replicasOf(endpoint);
  return endpoint.state === 'live' && replicas.length === count && replicas.every(({ state }) => state === 'ready');
}

describe('an endpoint with several replicas', () => {
  let home: PreparedHome;
  let versions: PreparedVersions;
  before(async () => {
    home = await openPreparedHome();
    ({ versions } = home);
    await home.start();
  });
  after(() => home.close());

  /** Addresses that the gateway shares the live release's requests over. */
  const routed = (endpoint: Endpoint): string[] =>
    (readRouteFile(routeFilePath(describeHome(home.root)))?.endpoints[endpoint.name]?.releases ?? []).flatMap(({ release, replicas }) =>
      release === endpoint.liveRelease ? replicas.map(({ address }) => address) : [],
    );

  it('has all of them ready before it takes traffic, and sends requests to each', async () => {
    const rollout = await home.deploy({ name: 'pair', model: 'rule', version: versions.steady, replicaCount: 2 });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.ok(rollout.journal.some(({ step, message }) => step === 'ready' && message.startsWith('2 replicas ready')));
    const endpoint = await home.endpoint('pair');
    assert.equal(endpoint.replicaCount, 2);
    assert.ok(allReady(endpoint, 2), JSON.stringify(endpoint, null, 1));
    const addresses = replicasOf(endpoint).flatMap((replica) => replica.addresses);
    assert.equal(new Set(addresses).size, 2);
    assert.deepEqual(routed(endpoint).sort(), addresses.sort());
  });

  it('says before it is asked for what a deploy would do and be refused for, and does none of it', async () => {
    const { liveRelease } = await home.endpoint('pair');
    const written = async (): Promise<unknown> => {
      const { total } = await home.client().call('listAudit', { limit: 1 });
      const { releases } = await home.client().call('listReleases', {});
      const { endpoints } = await home.client().call('listEndpoints', {});
      return [total, releases.map(({ digest }) => digest), endpoints.map(({ name, rollout }) => [name, rollout?.id])];
    };
    const before = await written();
    const same = await home.client().call('previewDeploy', { name: 'pair', model: 'rule', version: versions.steady });
    assert.deepEqual([same.release, same.known, same.environment.kind, same.breaking, same.differences, same.refusals], [liveRelease, true, 'reused', [], [], []]);
    assert.deepEqual(same.consequences, ['The release is live already: no traffic moves.']);

    const { steady, fickle } = versions;
    const planned = await home.client().call('previewDeploy', { name: 'pair', model: 'rule', version: fickle, strategy: { kind: 'canary', steps: [10, 50] }, replicaCount: 3, serving: { secrets: ['ABSENT'] } });
    assert.deepEqual([planned.live?.modelVersion, planned.known, planned.strategyFrom, planned.steps.map(({ id }) => id)], [steady, false, 'deploy', ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'canary', 'switch', 'drain']]);
    assert.deepEqual(planned.breaking, ['answers are double instead of long']);
    assert.deepEqual(planned.consequences.slice(0, 3), ['Another model answers.', 'It has 3 replicas instead of 2.', `Version ${steady} stays warm, for a rollback at once.`]);
    assert.deepEqual(planned.refusals.map(({ reason, field }) => [reason, field]), [['conflict', 'allowBreaking'], ['conflict', 'serving.secrets']]);
    assert.ok(planned.differences.some(({ part, key, after: now }) => part === 'model' && key === 'version' && now === String(fickle)));

    const built = await home.client().call('previewDeploy', { name: 'new', model: 'rule', version: steady, serving: { allowedBuilds: ['nothing'] } });
    assert.deepEqual([built.release, built.environment.kind, built.live, built.refusals], [undefined, 'not-resolved', undefined, []]);
    assert.match(built.consequences[0] ?? '', /^new is created, with 1 replica on Local process\.$/);
    await assert.rejects(home.client().call('previewDeploy', { name: 'pair', model: 'rule', version: 99 }), (error) => CallFailure.is(error, 'not-found'));
    assert.deepEqual(await written(), before);

    const foreseen = await home.client().call('previewDeploy', { name: 'other', model: 'rule', version: fickle });
    const { id } = await home.client().call('deploy', { name: 'foreseen', model: 'rule', version: fickle });
    const { to } = await home.rollout(id, (rollout) => rollout.to !== undefined || !isUnderWay(rollout));
    await home.client().call('deleteEndpoint', { name: 'foreseen', evenIfBusy: 'true' });
    assert.ok(to !== undefined);
    assert.equal(foreseen.release, to, 'what was foreseen is what is made');
    assert.notEqual(planned.release, to, 'the secret is part of the release');
  });

  it('loses no request when one of two is killed, and starts it again', async () => {
    const before = await home.endpoint('pair', (endpoint) => allReady(endpoint, 2));
    const [victim] = replicasOf(before);
    assert.ok(victim?.handle !== undefined);
    const load = startLoad(before.url);
    // The model server leads a group of its own: all of it dies.
    process.kill(-Number(victim.handle), 'SIGKILL');
    await until(async () => (await processIdentity(Number(victim.handle))) === undefined);
    const degraded = await home.endpoint('pair', ({ state }) => state === 'degraded');
    assert.match(degraded.message, /runs on 1 of 2 replicas/);
    const now = await home.endpoint('pair', (endpoint) => allReady(endpoint, 2));
    const { failed, sent } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
    assert.ok(sent > 0);
    const again = replicasOf(now).find(({ id }) => id === victim.id);
    assert.equal(again?.restarts, 1);
    assert.notEqual(again.handle, victim.handle);
    assert.deepEqual(routed(now).sort(), replicasOf(now).flatMap((replica) => replica.addresses).sort());
  });

  it('keeps their number over the next deploy and over a rollback, without a failed request', async () => {
    const { url, liveRelease } = await home.endpoint('pair');
    const load = startLoad(url, 2);
    const rollout = await home.deploy({ name: 'pair', model: 'rule', version: versions['steady:1'] });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.equal(rollout.replicaCount, 2);
    const moved = await home.endpoint('pair', (endpoint) => allReady(endpoint, 2));
    assert.equal(replicasOf(moved, liveRelease).length, 2);
    const { rollout: back, durationMs } = await home.client().call('rollBack', { name: 'pair' });
    assert.ok(durationMs !== undefined, 'the release before was kept warm with as many replicas');
    await home.rollout(back.id, ({ state }) => state === 'succeeded');
    const { failed, sent } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
  });

  it('is scaled without a rollout: up to more that share the requests, down by draining those that are left over', async () => {
    const before = await home.endpoint('pair');
    await home.client().call('scaleEndpoint', { name: 'pair', replicaCount: 3 });
    const more = await home.endpoint('pair', (endpoint) => allReady(endpoint, 3));
    assert.equal(routed(more).length, 3);
    const load = startLoad(before.url);
    await home.client().call('scaleEndpoint', { name: 'pair', replicaCount: 1 });
    const less = await home.endpoint('pair', (endpoint) => allReady(endpoint, 1));
    const { failed, sent } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
    assert.deepEqual(routed(less), replicasOf(less).flatMap((replica) => replica.addresses));
    for (const { handle } of replicasOf(more).filter(({ id }) => !less.replicas.some((replica) => replica.id === id))) {
      assert.equal(await processIdentity(Number(handle)), undefined);
    }
    const { entries } = await home.client().call('listAudit', { subject: 'pair' });
    assert.deepEqual(entries.filter(({ action }) => action === 'endpoint.scaled').map(({ detail }) => detail).reverse(), [{ from: 2, to: 3 }, { from: 3, to: 1 }]);
  });

  it('loses no request when a worker of its only replica is killed', { skip: process.platform !== 'linux' }, async () => {
    const rollout = await home.deploy({ name: 'workers', model: 'rule', version: versions.steady, serving: { workers: 2 } });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const { url, replicas } = await home.endpoint('workers');
    const handle = replicas[0]?.handle ?? assert.fail();
    const workers = (): string[] => readFileSync(`/proc/${handle}/task/${handle}/children`, 'utf8').trim().split(' ');
    const ready = async (): Promise<number> => {
      const { logs } = await home.client().call('readLogs', { name: 'workers' });
      return logs.flatMap(({ lines }) => lines).filter((line) => / info ready /.test(line)).length;
    };
    await until(async () => (await ready()) === 2);
    const before = workers();
    const load = startLoad(url, 8, 5);
    for (let asked = 0; asked < 10; asked += 1) {
      assert.equal((await predict(url)).status, 200);
    }
    process.kill(Number(before[0]), 'SIGKILL');
    await until(async () => (await ready()) === 3);
    const { failed, sent } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
    assert.equal(workers().length, 2);
    assert.ok(!workers().includes(before[0] ?? ''));
    const { replicas: now } = await home.endpoint('workers');
    assert.deepEqual(now.map(({ restarts, state }) => [restarts, state]), [[0, 'ready']]);
  });

  it('takes the number of a deploy of what is live already, and refuses one that is too large', async () => {
    const { liveVersion } = await home.endpoint('pair');
    const rollout = await home.deploy({ name: 'pair', model: 'rule', version: liveVersion ?? 0, replicaCount: 2 });
    assert.match(rollout.message, /live already/);
    await home.endpoint('pair', (endpoint) => endpoint.replicaCount === 2 && allReady(endpoint, 2));
    await assert.rejects(home.client().call('scaleEndpoint', { name: 'pair', replicaCount: 17 }), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'replicaCount');
  });

  it('copies requests to a release without traffic, compares its answers, and gives it none when they differ', async () => {
    assert.equal((await home.deploy({ name: 'shadowed', model: 'rule', version: versions.steady })).state, 'succeeded');
    const { url } = await home.endpoint('shadowed');
    // The rules differ for a above 0 and at most 1: a third of these.
    let asked = 0;
    const load = startLoad(url, 4, 5, () => ((asked++ % 12) / 4) - 1);
    const shadow = { percent: 100, requests: 30, seconds: 0 };
    const differs = await home.deploy({ name: 'shadowed', model: 'rule', version: versions['steady:1'], strategy: { kind: 'all-at-once', shadow, checks: { minimumAgreement: 0.9 } } });
    assert.equal(differs.state, 'failed');
    assert.match(differs.message, /^shadow: As a shadow: The new release answers differently: \d+ of \d+ rows answered alike \(\d.*%\); at least 90 % is asked for$/);
    assert.deepEqual(differs.journal.filter(({ step, event }) => step === 'switch' || (step === 'shadow' && event === 'failed')).length, 1);

    const { id } = await home.client().call('deploy', { name: 'shadowed', model: 'rule', version: versions['steady:1'], strategy: { kind: 'all-at-once', shadow: { ...shadow, hold: true } } });
    const held = await home.rollout(id, ({ state, needs }) => state === 'held' && needs.every(({ kind }) => kind === 'promotion'));
    assert.equal(held.step, 'shadow');
    const during = await home.endpoint('shadowed');
    assert.deepEqual(during.route, {
      weights: [{ release: held.from, modelVersion: versions.steady, weight: 100 }],
      byHeader: [{ release: held.to, modelVersion: versions['steady:1'] }],
      shadow: { release: held.to, modelVersion: versions['steady:1'], percent: 100 },
    });
    const { shadow: report = assert.fail('there is no report') } = held;
    assert.ok(report.copies >= 30 && report.rows >= 20 && report.agreed < report.rows, JSON.stringify(report));
    assert.deepEqual([report.failed, report.refused, report.matrix.filter(({ live, fresh }) => live !== fresh).map(({ live, fresh }) => [live, fresh])], [0, 0, [[1, 0]]]);
    assert.ok(report.flips.every(({ live, fresh }) => live === 1 && fresh === 0));
    assert.deepEqual(report.checks.map(({ label, state }) => [label, state]), [['Errors', 'passed'], ['Refused input', 'passed'], ['Latency', 'passed'], ['Agreement', 'not-evaluated']]);
    const before = await load.stop();
    assert.deepEqual([before.failed, Object.keys(before.versions)], [0, [String(versions.steady)]]);
    await home.client().call('promote', { name: 'shadowed' });
    const live = await home.rollout(id, ({ state }) => state === 'succeeded');
    assert.match(live.journal.find(({ step, event }) => step === 'shadow' && event === 'finished')?.message ?? '', /^Promoted; \d+ copies: /);
    const { route } = await home.endpoint('shadowed');
    assert.equal(route.shadow, undefined);
    assert.equal((await predict(url)).version, String(versions['steady:1']));
  });
});
