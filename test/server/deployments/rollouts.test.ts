import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import type { Endpoint } from '../../../server/contract/deployments.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { readRouteFile, routeFilePath } from '../../../server/gateway/routeFile.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { processIdentity } from '../../../server/deployments/targets/process/processIdentity.ts';
import { until } from '../../harness/until.ts';
import { hasEnded, liveReplica, predict, startLoad, type EndpointHome } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome, type PreparedVersions } from './preparedHome.ts';

function canary(steps: number[], stepSeconds: number, minimumRequests: number): NonNullable<CallInput<'deploy'>['strategy']> {
  // The versions of these tests answer differently, which most of them are not about.
  return { kind: 'canary', steps, stepSeconds, checks: { minimumRequests, maximumPredictionShift: null } };
}

describe('an endpoint', () => {
  let home: PreparedHome;
  let versions: PreparedVersions;
  before(async () => {
    home = await openPreparedHome();
    ({ versions } = home);
    await home.start();
  });
  afterEach(async () => {
    const { endpoints } = await home.client().call('listEndpoints', {});
    const details = await Promise.all(endpoints.map(({ name }) => home.endpoint(name)));
    await Promise.all(details.filter((endpoint) => !isRoad(endpoint)).map(({ name }) => home.client().call('deleteEndpoint', { name, evenIfBusy: 'true' })));
  });
  after(() => home.close());

  const isRoad = ({ name, state, liveVersion, replicas, rollout }: Endpoint): boolean =>
    name === 'road' && state === 'live' && liveVersion === versions.steady && replicas.length === 1 && rollout !== undefined && hasEnded(rollout);
  /** An endpoint that serves the steady version with one replica: the one of the test before, where that left it so. */
  const road = async (): Promise<Endpoint> => {
    const { endpoints } = await home.client().call('listEndpoints', {});
    if (!endpoints.some(({ name }) => name === 'road')) {
      await home.deploy({ name: 'road', model: 'rule', version: versions.steady });
    }
    return home.endpoint('road', isRoad);
  };

  const championOf = async (): Promise<number | undefined> => (await home.client().call('getModel', { name: 'rule' })).aliases['champion'];

  it('is created by its first deploy, with every step in the journal, the alias moved and the audit log written', async () => {
    const rollout = await home.deploy({ name: 'road', model: 'rule', version: versions.steady });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.deepEqual(
      rollout.journal.filter(({ event }) => event === 'finished').map(({ step }) => step),
      ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'switch', 'drain', 'done'],
    );
    const endpoint = await home.endpoint('road');
    assert.equal(endpoint.state, 'live');
    assert.equal(endpoint.liveVersion, versions.steady);
    assert.deepEqual(endpoint.route.weights, [{ release: endpoint.liveRelease, modelVersion: endpoint.liveVersion, weight: 100 }]);
    assert.deepEqual((await predict(endpoint.url, 0.5)).predictions, [1]);
    assert.deepEqual((await predict(endpoint.url, -0.5)).predictions, [0]);
    assert.equal(await championOf(), versions.steady);
    const { entries } = await home.client().call('listAudit', { subject: 'road' });
    assert.deepEqual(entries.map(({ action, actor }) => [action, actor]).reverse(), [
      ['deploy.requested', 'ada'],
      ['deploy.switched', 'ada'],
      ['deploy.finished', 'ada'],
    ]);
  });

  it('stays as it is when what is live is deployed again', async () => {
    const before = await road();
    const rollout = await home.deploy({ name: 'road', model: 'rule', version: versions.steady });
    assert.equal(rollout.state, 'succeeded');
    assert.match(rollout.message, /live already/);
    const now = await home.endpoint('road');
    assert.equal(liveReplica(now).handle, liveReplica(before).handle);
    assert.equal(now.history.length, 1);
  });

  it('refuses an unknown model or version and another model, each with what exists', async () => {
    await road();
    assert.match((await home.deploy({ name: 'road', model: 'rule', version: '@champion' })).message, /live already/);
    const failure = async (input: Parameters<EndpointHome['deploy']>[0]): Promise<CallFailure> => {
      try {
        await home.client().call('deploy', input);
      } catch (error) {
        assert.ok(error instanceof CallFailure);
        return error;
      }
      return assert.fail('it was accepted');
    };
    const model = await failure({ name: 'road', model: 'nothing', version: 1 });
    assert.equal(model.reason, 'not-found');
    assert.match(model.remedy ?? '', /rule/);
    assert.equal((await failure({ name: 'road', model: 'rule', version: 99 })).reason, 'not-found');
    const { lineage } = await home.client().call('getVersion', { name: 'rule', version: versions.steady });
    await home.client().call('registerVersion', { name: 'other', source: { kind: 'latest-of-run', runId: lineage.runId ?? '' } });
    const falling = await failure({ name: 'road', model: 'rule', version: versions.steady, strategy: canary([50, 10], 0, 1) });
    assert.deepEqual([falling.reason, falling.field], ['invalid-input', 'strategy.steps']);
    const other = await failure({ name: 'road', model: 'other', version: 1 });
    assert.equal(other.reason, 'conflict');
    assert.match(other.message, /serves the model rule/);
    const { liveVersion = 0 } = await home.endpoint('road');
    await assert.rejects(home.client().call('deleteVersion', { name: 'rule', version: liveVersion }), (error) => CallFailure.is(error, 'conflict'));
  });

  it('refuses a version that would break the callers of the live one, names what, and takes it with a yes', async () => {
    const rollouts = async (): Promise<number> => (await home.client().call('listRollouts', { name: 'road' })).rollouts.length;
    await road();
    const before = await rollouts();
    const deploy = { name: 'road', model: 'rule', version: versions.fickle };
    await assert.rejects(
      home.client().call('deploy', deploy),
      (error) => CallFailure.is(error, 'conflict') && error.field === 'allowBreaking' && /break today's callers of road: answers are double instead of long\.$/.test(error.message),
    );
    assert.equal(await rollouts(), before);
    const { id } = await home.client().call('deploy', { ...deploy, allowBreaking: true });
    await home.client().call('cancelRollout', { name: 'road' });
    const { entries } = await home.client().call('listAudit', { limit: 10 });
    assert.deepEqual(entries.find(({ action }) => action === 'breaking.allowed')?.detail, { rollout: id, model: 'rule', version: versions.fickle, changes: ['answers are double instead of long'] });
    await home.endpoint('road', isRoad);
  });

  it('writes the routes of the gateway when they change, and only then', async () => {
    const generation = (): number => readRouteFile(routeFilePath(describeHome(home.root)))?.generation ?? 0;
    const writtenBy = async (input: Parameters<EndpointHome['deploy']>[0]): Promise<number> => {
      const before = generation();
      await home.deploy(input);
      return generation() - before;
    };
    const written = {
      // The endpoint appears, then the release can be named, then it takes the traffic.
      first: await writtenBy({ name: 'routes', model: 'rule', version: versions.steady }),
      again: await writtenBy({ name: 'routes', model: 'rule', version: versions.steady }),
      next: await writtenBy({ name: 'routes', model: 'rule', version: versions['steady:1'] }),
      failed: await writtenBy({ name: 'routes', model: 'rule', version: versions.broken }),
    };
    assert.deepEqual(written, { first: 3, again: 0, next: 2, failed: 0 });
  });

  it('moves by a canary under load and rolls back under the same load without a failed request', async () => {
    await home.deploy({ name: 'busy', model: 'rule', version: versions.steady });
    const { url, liveRelease } = await home.endpoint('busy');
    const load = startLoad(url);
    const strategy = canary([20, 60], 0.5, 10);
    const rollout = await home.deploy({ name: 'busy', model: 'rule', version: versions['steady:1'], strategy });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    await until(async () => (await predict(url)).version === String(versions['steady:1']));
    assert.equal(await championOf(), versions['steady:1']);

    const preview = await home.client().call('previewRollback', { name: 'busy' });
    assert.equal(preview.to, liveRelease);
    assert.equal(preview.readiness, 'warm');
    assert.ok(preview.differences.some(({ part }) => part === 'model'));
    const { rollout: back, durationMs } = await home.client().call('rollBack', { name: 'busy', reason: 'worse' });
    assert.ok(durationMs !== undefined);
    assert.equal((await predict(url)).version, String(versions.steady));
    await home.rollout(back.id, ({ state }) => state === 'succeeded');
    const { sent, failed, versions: answered } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
    assert.ok((answered[String(versions['steady:1'])] ?? 0) > 0);
    assert.equal(await championOf(), versions.steady);
    assert.equal((await home.endpoint('busy')).liveRelease, liveRelease);

    await assert.rejects(home.client().call('rollBack', { name: 'busy' }), (error) => CallFailure.is(error, 'conflict'));
    const { rollout: forth } = await home.client().call('rollBack', { name: 'busy', to: preview.from.slice(0, 10) });
    await home.rollout(forth.id, ({ state }) => state === 'succeeded');
    assert.equal((await predict(url)).version, String(versions['steady:1']));
  });

  it('rehearses a version with recorded requests outside of the traffic, and says where its answers differ', async () => {
    await home.deploy({ name: 'rehearsed', model: 'rule', version: versions.steady });
    const { url } = await home.endpoint('rehearsed');
    // The rules differ for a above 0 and at most 1: a third of these.
    const sent = Array.from({ length: 60 }, (_, index) => (index % 12) / 4 - 1);
    for (const a of sent) {
      await predict(url, a);
    }
    // The rule of the new version is what turned out to be true.
    await home.client().call('recordLabels', { name: 'rehearsed', keyColumn: 'a', labels: [...new Set(sent)].map((a) => ({ a, label: a > 1 ? 1 : 0 })) });
    const rollout = await home.deploy({ name: 'rehearsed', model: 'rule', version: versions['steady:1'], strategy: { kind: 'rehearsal' } });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const { rehearsal = assert.fail('there is no report') } = rollout;
    assert.deepEqual([rehearsal.requests, rehearsal.failed, rehearsal.rows, rehearsal.agreed], [60, 0, 60, 40]);
    assert.deepEqual(rehearsal.matrix, [{ live: 0, fresh: 0, rows: 25 }, { live: 1, fresh: 0, rows: 20 }, { live: 1, fresh: 1, rows: 15 }]);
    assert.deepEqual(rehearsal.right, { labels: 60, live: 40, fresh: 60 });
    assert.match(rehearsal.slices[0]?.conditions.join(' and ') ?? '', /^a [≤>] /);
    assert.ok(rehearsal.flips.length === 20 && rehearsal.flips.every(({ live, fresh }) => live === 1 && fresh === 0), JSON.stringify(rehearsal.flips));
    assert.ok((rehearsal.latency?.fresh.p50 ?? 0) > 0 && (rehearsal.latency?.live.p50 ?? 0) > 0);
    const after = await home.endpoint('rehearsed', ({ replicas }) => replicas.length === 1);
    assert.deepEqual([after.liveVersion, after.releaseCount, after.route.weights.length], [versions.steady, 1, 1]);
    await predict(url);
    await assert.rejects(home.client().call('deleteEndpoint', { name: 'rehearsed' }), (error) => CallFailure.is(error, 'conflict') && error.field === 'evenIfBusy' && /in use: it had \d+ requests? in the last minute/.test(error.message));
    assert.equal((await predict(url)).status, 200);
    assert.deepEqual(rollout.steps.map(({ id }) => id), ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'rehearsal']);

    const strict = await home.deploy({ name: 'rehearsed', model: 'rule', version: versions['steady:1'], strategy: { kind: 'all-at-once', rehearse: 30, checks: { minimumAgreement: 0.9 } } });
    assert.equal(strict.state, 'failed');
    assert.match(strict.message, /^rehearsal: The new release answers \d+ of 30 recorded rows as the live one does/);
  });

  it('goes back to a release that does not run any more through all the checks, and not while its files are damaged', async () => {
    for (const version of [versions.steady, versions['steady:1'], versions.brittle]) {
      await home.deploy({ name: 'cold', model: 'rule', version });
    }
    const { history } = await home.endpoint('cold', ({ replicas }) => replicas.length === 2);
    assert.deepEqual(history.map(({ modelVersion, readiness }) => [modelVersion, readiness]), [
      [versions.brittle, 'live'],
      [versions['steady:1'], 'warm'],
      [versions.steady, 'cold'],
    ]);
    const to = history[2]?.release ?? assert.fail();
    const file = path.join(home.root, 'releases', to, 'model', 'requirements.txt');
    const content = readFileSync(file);
    chmodSync(file, 0o600);
    writeFileSync(file, 'something else');
    try {
      const preview = await home.client().call('previewRollback', { name: 'cold', to });
      assert.equal(preview.readiness, 'unavailable');
      assert.match(preview.refusal ?? '', /requirements\.txt is not the one that was released/);
      await assert.rejects(
        home.client().call('rollBack', { name: 'cold', to }),
        (error) => CallFailure.is(error, 'conflict') && error.message.includes('requirements.txt'),
      );
      assert.equal((await home.endpoint('cold')).liveVersion, versions.brittle);
    } finally {
      writeFileSync(file, content);
    }

    const { rollout, durationMs } = await home.client().call('rollBack', { name: 'cold', to });
    assert.equal(durationMs, undefined);
    const done = await home.rollout(rollout.id, hasEnded);
    assert.equal(done.state, 'succeeded', done.message);
    assert.ok(done.journal.some(({ step, event, message }) => step === 'smoke-test' && event === 'finished' && /as recorded/.test(message)));
    assert.equal((await predict((await home.endpoint('cold')).url)).version, String(versions.steady));
  });

  it('ends the build of an environment when the rollout is cancelled', async () => {
    const folder = path.join(home.root, 'environments');
    const environments = (): string[] => readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name) && readdirSync(path.join(folder, name)).length > 0);
    const before = environments();
    const { id } = await home.client().call('deploy', { name: 'cancelled', model: 'rule', version: versions.heavy });
    await home.rollout(id, ({ journal }) => journal.some(({ step, event }) => step === 'environment' && event === 'progress'));
    const rollout = await home.client().call('cancelRollout', { name: 'cancelled' });
    assert.equal(rollout.state, 'cancelled');
    const endpoint = await home.endpoint('cancelled');
    assert.equal(endpoint.state, 'empty');
    assert.deepEqual(endpoint.replicas, []);
    await until(() => environments().length === before.length);
    assert.deepEqual(environments(), before);
  });

  it('keeps the old release when the new one fails its smoke test', async () => {
    const first = await home.deploy({ name: 'smoke', model: 'rule', version: versions.fickle });
    assert.equal(first.state, 'succeeded', first.message);
    const before = await home.endpoint('smoke');
    const rollout = await home.deploy({ name: 'smoke', model: 'rule', version: versions.fickle, serving: { environment: { CHANGED: 'yes' } } });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /^smoke-test: The answer differs from the recorded one/);
    const now = await home.endpoint('smoke', ({ replicas }) => replicas.length === 1);
    assert.equal(now.liveRelease, before.liveRelease);
    assert.equal(now.state, 'live');
    assert.match(now.message, /failed at smoke-test/);
    assert.equal(liveReplica(now).handle, liveReplica(before).handle);
    assert.equal((await predict(now.url)).status, 200);
  });

  it('says the last lines of a replica that cannot start, and serves nothing', async () => {
    const rollout = await home.deploy({ name: 'broken', model: 'rule', version: versions.broken });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /^(ready|smoke-test): /);
    const endpoint = await home.endpoint('broken', ({ replicas }) => replicas.length === 0);
    assert.equal(endpoint.state, 'failed');
    assert.equal((await predict(endpoint.url)).status, 503);
    const { logs } = await home.client().call('readLogs', { name: 'broken', lines: 50 });
    assert.ok(logs.some(({ lines }) => lines.some((line) => line.includes('no prediction today'))), JSON.stringify(logs));
  });

  it('holds an inconclusive canary, goes on by promote, and can be cancelled', async () => {
    await road();
    const strategy = canary([10, 50], 0, 1000);
    const { id } = await home.client().call('deploy', { name: 'road', model: 'rule', version: versions['steady:1'], strategy });
    const held = await home.rollout(id, ({ state }) => state === 'held');
    assert.equal(held.weight, 10);
    assert.deepEqual(held.needs, [{ kind: 'requests', minimum: 1000, seen: 0 }]);
    assert.deepEqual(held.journal.find(({ event }) => event === 'inconclusive')?.needs, held.needs);
    assert.deepEqual([held.promotable, held.cancellable], [true, true]);
    assert.equal((await home.endpoint('road')).liveVersion, versions.steady);
    await assert.rejects(home.client().call('deploy', { name: 'road', model: 'rule', version: versions.brittle }), (error) => CallFailure.is(error, 'conflict') && error.message.includes(id));

    await home.client().call('promote', { name: 'road' });
    await home.rollout(id, ({ weight, state }) => weight === 50 && state === 'held');
    const cancelled = await home.client().call('cancelRollout', { name: 'road' });
    assert.equal(cancelled.state, 'cancelled');
    const endpoint = await home.endpoint('road', ({ replicas }) => replicas.length === 1);
    assert.deepEqual(endpoint.route.weights, [{ release: endpoint.liveRelease, modelVersion: endpoint.liveVersion, weight: 100 }]);
    assert.equal(endpoint.liveVersion, versions.steady);
  });

  it('takes back what fails the requests of its clients or answers them differently: a canary, and what has taken over', async () => {
    await home.deploy({ name: 'errors', model: 'rule', version: versions.steady });
    const { url } = await home.endpoint('errors');
    let a = 1000;
    const load = startLoad(url, 4, 40, () => a);
    const strategy = canary([30], 60, 20);
    const rollout = await home.deploy({ name: 'errors', model: 'rule', version: versions.brittle, strategy });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /^canary: \d+ of \d+ requests to the new release failed/);
    const now = await home.endpoint('errors', ({ replicas }) => replicas.length === 1);
    assert.equal(now.liveVersion, versions.steady);
    assert.equal((await predict(url, 1000)).status, 200);
    const { comparison } = rollout;
    assert.deepEqual(comparison?.checks.filter(({ state }) => state === 'failed').map(({ id }) => id), ['errors']);
    assert.ok(comparison !== undefined && comparison.fresh.requests >= 20 && comparison.live.requests > 0 && comparison.live.errors === 0, JSON.stringify(comparison));

    const taken = await home.deploy({ name: 'errors', model: 'rule', version: versions.brittle });
    assert.equal(taken.state, 'succeeded', taken.message);
    const back = await home.endpoint('errors', ({ rollout: last }) => last?.kind === 'rollback' && hasEnded(last));
    assert.deepEqual([back.liveVersion, back.rollout?.automatic, back.rollout?.state], [versions.steady, true, 'succeeded']);
    assert.match(back.rollout?.reason ?? '', /^Errors: \d+ of \d+ requests failed .*, of the release before 0 of \d+; at most 1 % is allowed$/);
    const left = await home.client().call('getRollout', { id: taken.id });
    assert.deepEqual(left.comparison?.checks.map(({ id, state }) => `${id} ${state}`), ['errors failed', 'refusals passed']);
    assert.ok((left.comparison?.live.requests ?? 0) > 0, JSON.stringify(left.comparison));
    const { entries } = await home.client().call('listAudit', { limit: 20 });
    assert.equal(entries.find(({ action }) => action === 'rollback.switched')?.program, 'companion');

    const { times, recent } = await home.client().call('getTimeline', { name: 'errors' });
    assert.deepEqual(times.map(({ modelVersion, broughtBy }) => [modelVersion, broughtBy?.kind, broughtBy?.automatic, broughtBy?.reason, broughtBy?.rollout]), [
      [versions.steady, 'rollback', true, back.rollout?.reason, back.rollout?.id],
      [versions.brittle, 'deploy', false, '', taken.id],
      [versions.steady, 'deploy', false, '', times[2]?.broughtBy?.rollout],
    ]);
    const [, brittle, first] = times.map(({ traffic }) => traffic);
    assert.ok((brittle?.serverErrors ?? 0) > 0 && (first?.requests ?? 0) > 0 && first?.p99 !== null && recent !== undefined, JSON.stringify(times));

    a = 1;
    const different = await home.deploy({ name: 'errors', model: 'rule', version: versions['steady:1'], strategy: { kind: 'canary', steps: [50], stepSeconds: 60 } });
    assert.equal(different.state, 'failed', different.message);
    assert.match(different.message, /^canary: The new release answers differently: 100 % are [01], of the live release 0 %/);
    await load.stop();
  });

  it('rolls back a running canary to what is live', async () => {
    await road();
    const strategy = canary([50], 600, 1);
    const { id } = await home.client().call('deploy', { name: 'road', model: 'rule', version: versions['steady:1'], strategy });
    await home.rollout(id, ({ weight }) => weight === 50);
    const { rollout, durationMs } = await home.client().call('rollBack', { name: 'road' });
    assert.equal(rollout.state, 'succeeded');
    assert.ok(durationMs !== undefined);
    assert.equal((await home.client().call('getRollout', { id })).state, 'cancelled');
    const endpoint = await home.endpoint('road', ({ replicas }) => replicas.length === 1);
    assert.equal(endpoint.liveVersion, versions.steady);
    assert.deepEqual(endpoint.route.weights.map(({ weight }) => weight), [100]);
  });

  it('starts a replica that crashed again', async () => {
    const before = liveReplica(await road());
    process.kill(Number(before.handle), 'SIGKILL');
    const now = await home.endpoint('road', (endpoint) => endpoint.state === 'live' && liveReplica(endpoint).handle !== before.handle);
    assert.ok(liveReplica(now).restarts > before.restarts);
    assert.equal((await predict(now.url)).status, 200);
  });

  it('stops, starts and is deleted with all of its processes', async () => {
    const pid = Number(liveReplica(await road()).handle);
    const stopped = await home.client().call('stopEndpoint', { name: 'road' });
    assert.equal(stopped.state, 'stopped');
    assert.equal(await processIdentity(pid), undefined);
    assert.equal((await predict(stopped.url)).status, 503);
    await assert.rejects(home.client().call('rollBack', { name: 'road' }), (error) => CallFailure.is(error, 'conflict'));

    await home.client().call('startEndpoint', { name: 'road' });
    const started = await home.endpoint('road', ({ state }) => state === 'live');
    assert.equal((await predict(started.url)).status, 200);
    await home.client().call('deleteEndpoint', { name: 'road', evenIfBusy: 'true' });
    assert.equal(await processIdentity(Number(liveReplica(started).handle)), undefined);
    assert.equal((await predict(started.url)).status, 404);
    await assert.rejects(home.client().call('getEndpoint', { name: 'road' }), (error) => CallFailure.is(error, 'not-found'));
    const { entries } = await home.client().call('listAudit', { subject: 'road', limit: 3 });
    assert.deepEqual(entries.map(({ action, actor, program }) => [action, actor, program]).reverse(), [
      ['endpoint.stopped', 'ada', 'command line'],
      ['endpoint.started', 'ada', 'command line'],
      ['endpoint.deleted', 'ada', 'command line'],
    ]);
  });

  it('waits for promote before a blue/green switch when it is told to hold', async () => {
    await home.deploy({ name: 'colours', model: 'rule', version: versions.steady });
    const { id } = await home.client().call('deploy', { name: 'colours', model: 'rule', version: versions['steady:1'], strategy: { kind: 'blue-green', hold: true } });
    const held = await home.rollout(id, ({ state }) => state === 'held');
    assert.equal(held.step, 'switch');
    assert.deepEqual([held.needs, held.steps.filter(({ state }) => state === 'held').map(({ label }) => label)], [[{ kind: 'promotion' }], [held.stepLabel]]);
    const { url, route } = await home.endpoint('colours');
    const answerOf = async (release: string): Promise<string | null> => (await predict(url, 1, { 'x-slipway-release': release })).version;
    assert.deepEqual(route.byHeader, [{ release: held.to, modelVersion: versions['steady:1'] }]);
    assert.deepEqual([(await predict(url)).version, await answerOf(`v${versions['steady:1']}`)], [versions.steady, versions['steady:1']].map(String));
    await home.client().call('promote', { name: 'colours' });
    await home.rollout(id, ({ state }) => state === 'succeeded');
    assert.deepEqual([(await predict(url)).version, await answerOf(held.from ?? '')], [versions['steady:1'], versions.steady].map(String));
  });

  it('is served when the companion ends, and the last one that was deleted leaves no gateway behind', async () => {
    const gateway = (): number => readGatewayLock(describeHome(home.root))?.pid ?? 0;
    const endCompanion = async (): Promise<void> => {
      const { pid } = home.client().lock;
      await home.client().call('shutDown', { reason: 'test' });
      await until(() => !isAlive(pid));
    };
    await home.deploy({ name: 'last', model: 'rule', version: versions.steady });
    const { url } = await home.endpoint('last');
    const pid = gateway();
    await endCompanion();
    assert.equal((await predict(url)).status, 200);
    await home.start();
    assert.equal(gateway(), pid);
    await home.client().call('deleteEndpoint', { name: 'last', evenIfBusy: 'true' });
    assert.equal((await predict(url)).status, 404);
    await endCompanion();
    await until(() => !isAlive(pid));
    await home.start();
  });

  it('says what is wrong when no container engine answers', async () => {
    await home.client().call('changeSettings', { dockerHost: `unix://${home.root}/no.sock` });
    const { targets } = await home.client().call('listTargets', {});
    assert.equal(targets.find(({ kind }) => kind === 'docker')?.available, false);
    const rollout = await home.deploy({ name: 'engineless', model: 'rule', version: versions.steady, target: 'docker' });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /^preflight: There is no socket at unix:.*Start Docker or Podman/);
  });
});
