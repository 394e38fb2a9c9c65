import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import path from 'node:path';
import type { Incident, IncidentDetail, RuleChanges } from '../../../server/contract/alerts.ts';
import type { Endpoint, Rollout } from '../../../server/contract/deployments.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { commandLine, processIdentity } from '../../../server/deployments/targets/process/processIdentity.ts';
import { commandLine as openCommandLine } from '../../harness/commandLine.ts';
import { killAtRandom } from '../../harness/durability/killAtRandom.ts';
import { until } from '../../harness/until.ts';
import { hasEnded, liveReplica, predict, startLoad } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome, type PreparedVersions } from './preparedHome.ts';

describe('a companion that is killed', () => {
  let home: PreparedHome;
  let versions: PreparedVersions;
  before(async () => {
    home = await openPreparedHome();
    ({ versions } = home);
    await home.start();
  });
  after(async () => {
    await home.start();
    await home.close();
  });

  /** Kills the companion as soon as the journal, as it lies on the disk, has an entry of the step. */
  const killAt = async (rollout: string, step: string, event: string): Promise<void> => {
    const database = new SqliteDatabase(path.join(home.root, 'slipway.db'), { readonly: true });
    const entry = database.prepare<[string, string, string]>('SELECT 1 FROM rollout_journal WHERE rollout = ? AND step = ? AND event = ?');
    try {
      const deadline = Date.now() + 120_000;
      while (entry.get(rollout, step, event) === undefined) {
        assert.ok(Date.now() < deadline, `the rollout has not come to ${step} ${event}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      database.close();
    }
    await home.kill();
  };

  /** Process ids of all model servers that serve releases of this data home, whoever knows of them; a zombie has no command line. */
  const parentOf = (pid: string): string => {
    try {
      return /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
    } catch {
      return '';
    }
  };
  const modelServers = async (): Promise<string[]> => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => commandLine(Number(pid))));
    const own = pids.filter((_, index) => lines[index]?.includes('slipway_server') === true && lines[index].includes(home.root));
    // Workers have the command line of the server that they are of.
    return own.filter((pid) => !own.includes(parentOf(pid)));
  };

  it('while the environment of the first release is built goes on building when it is back', async () => {
    rmSync(describeHome(home.root).environments, { recursive: true });
    const { id } = await home.client().call('deploy', { name: 'road', model: 'rule', version: versions.steady });
    await killAt(id, 'environment', 'progress');
    await home.start();
    const rollout = await home.rollout(id, hasEnded);
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.ok(rollout.journal.some(({ message }) => message.startsWith('Going on after a restart')));
    assert.equal((await predict((await home.endpoint('road')).url)).status, 200);
  });

  /** The version that is neither live nor warm: a deploy of it starts a replica. */
  const coldVersion = async (): Promise<number> => {
    const { liveVersion = 0 } = await home.endpoint('road', settled);
    const turn = [versions.steady, versions['steady:1'], versions['steady:2']];
    return turn[(turn.indexOf(liveVersion) + 1) % turn.length] ?? 0;
  };
  const settled = ({ state, history, replicas }: Endpoint): boolean =>
    state === 'live' && replicas.length === Math.min(2, history.length) && replicas.every((replica) => replica.state === 'ready');

  const points: readonly (readonly [step: string, event: string])[] = [
    ['preflight', 'started'],
    ['replica', 'started'],
    ['ready', 'started'],
    ['smoke-test', 'started'],
    ['canary', 'progress'],
    ['switch', 'finished'],
  ];
  for (const [step, event] of points) {
    it(`at "${step} ${event}" ends the deploy well when it is back, and its clients notice nothing`, async () => {
      const version = await coldVersion();
      const { url } = await home.endpoint('road');
      const load = startLoad(url, 2, 20);
      const strategy = { kind: 'canary' as const, steps: [50], stepSeconds: 1, checks: { minimumRequests: 5, maximumPredictionShift: null } };
      const { id } = await home.client().call('deploy', { name: 'road', model: 'rule', version, strategy });
      await killAt(id, step, event);
      assert.equal((await predict(url)).status, 200);
      await home.start();
      const rollout = await home.rollout(id, hasEnded);
      assert.equal(rollout.state, 'succeeded', rollout.message);
      const endpoint = await home.endpoint('road', settled);
      assert.equal(endpoint.liveVersion, version);
      await until(async () => (await predict(url)).version === String(version));
      const { failed, sent } = await load.stop();
      assert.equal(failed, 0, `${failed} of ${sent} failed`);
      assert.equal((await home.client().call('getModel', { name: 'rule' })).aliases['champion'], version);
      assert.equal((await home.client().call('verifyAudit', {})).intact, true);
    });
  }

  const longCanary = { kind: 'canary' as const, steps: [50], stepSeconds: 600 };

  it('begins a canary anew whose replica died with it, which can still be cancelled', async () => {
    const version = await coldVersion();
    const { liveVersion } = await home.endpoint('road');
    const { id } = await home.client().call('deploy', { name: 'road', model: 'rule', version, strategy: longCanary });
    const { to } = await home.rollout(id, ({ weight }) => weight === 50);
    const coming = (await home.endpoint('road')).replicas.find(({ release }) => release === to);
    await home.kill();
    process.kill(Number(coming?.handle), 'SIGKILL');
    await home.start();
    // The canary begins anew with a replica of its own.
    await home.rollout(id, ({ weight, journal }) => weight === 50 && journal.filter(({ step, event }) => step === 'canary' && event === 'started').length === 2);
    await home.client().call('cancelRollout', { name: 'road' });
    const now = await home.endpoint('road', settled);
    assert.equal(now.liveVersion, liveVersion);
    assert.equal((await predict(now.url)).version, String(liveVersion));
  });

  it('goes on where it was when its step is one of another version', async () => {
    await home.deploy({ name: 'newer', model: 'rule', version: versions.steady });
    const { id } = await home.client().call('deploy', { name: 'newer', model: 'rule', version: versions['steady:1'], strategy: { kind: 'blue-green', hold: true } });
    await home.rollout(id, ({ state }) => state === 'held');
    await home.kill();
    const database = new SqliteDatabase(path.join(home.root, 'slipway.db'));
    database.prepare("UPDATE rollouts SET step = 'approval', needs = '[{\"kind\":\"signature\"}]' WHERE id = ?").run(id);
    database.close();
    await home.start();
    const held = await home.rollout(id, ({ state, step }) => state === 'held' && step === 'switch');
    assert.equal(held.journal.filter(({ step, event }) => step === 'preflight' && event === 'started').length, 1);
    await home.client().call('promote', { name: 'newer' });
    const rollout = await home.rollout(id, hasEnded);
    assert.equal(rollout.state, 'succeeded', rollout.message);
    await home.client().call('deleteEndpoint', { name: 'newer', evenIfBusy: 'true' });
  });

  it('after an alarm rolls back once when it is back, and what an alarm may not do stands in the incident', async () => {
    const name = 'alarmed';
    const change = (settings: RuleChanges): Promise<unknown> => home.client().call('changeAlertRule', { name, rule: 'no-traffic', settings });
    const opened = async (): Promise<Incident | undefined> => (await home.client().call('listIncidents', { endpoint: name })).incidents[0];
    /** The incident that the rule opens, once its timeline says so. */
    const firing = async (says: RegExp): Promise<IncidentDetail> => {
      await change({ enabled: true });
      await until(async () => (await opened()) !== undefined);
      const { id } = (await opened()) ?? assert.fail();
      const detail = (): Promise<IncidentDetail> => home.client().call('getIncident', { id });
      await until(async () => (await detail()).timeline.some(({ text }) => says.test(text)));
      return detail();
    };
    const calm = async (): Promise<void> => {
      await change({ enabled: false });
      await until(async () => (await opened()) === undefined);
    };
    const rollbacks = async (): Promise<Rollout[]> => (await home.client().call('listRollouts', { name })).rollouts.filter(({ kind }) => kind === 'rollback');
    const live = async (): Promise<number | undefined> => (await home.endpoint(name)).liveVersion;

    assert.equal((await home.deploy({ name, model: 'rule', version: versions.steady })).state, 'succeeded');
    const slipway = openCommandLine(home.root);
    const set = await slipway.json(['alerts', name, 'no-traffic', '--set', 'threshold=1000000', '--set', 'coolDownMinutes=0', '--set', 'rollBack=on']);
    assert.partialDeepStrictEqual(set.value, { settings: { threshold: 1_000_000, rollBack: true, enabled: false } });
    const { code, stderr } = await slipway.run(['alerts', name, 'no-traffic', '--set', 'rollBack=perhaps']);
    assert.deepEqual([code, /rollBack: /.test(stderr)], [2, true], stderr);
    await firing(/^Not rolled back for no-traffic: There is no earlier release of alarmed to go back to/);

    await calm();
    await change({ enabled: true, forMinutes: 600 });
    await until(async () => (await home.client().call('listAlerts', { name })).rules.some(({ rule, alert }) => rule === 'no-traffic' && alert?.state === 'pending'));
    assert.equal((await home.deploy({ name, model: 'rule', version: versions['steady:1'] })).state, 'succeeded');
    await change({ forMinutes: 0 });
    await firing(/^Not rolled back for no-traffic: The alarm began .*, before version \d+ went live/);
    assert.equal(await live(), versions['steady:1']);

    await calm();
    await change({ enabled: true });
    await until(async () => (await opened()) !== undefined);
    await home.kill();
    await home.start();
    const { id, timeline, suspects } = await firing(/^rollback requested, version \d+: Incident \d+, alert no-traffic: /);
    assert.ok(timeline.some(({ text, actor }) => text.startsWith('rollback requested') && actor === 'Slipway by itself'), JSON.stringify(timeline));
    const [suspected] = suspects?.found ?? [];
    assert.deepEqual([suspected?.kind, new RegExp(`^version ${versions['steady:1']} went live .* before .*, in place of version ${versions.steady}$`).test(suspected?.text ?? '')], ['release', true], JSON.stringify(suspects));
    assert.match(suspects?.verdict ?? '', /^Not evaluated: /);
    assert.match((await slipway.run(['incidents', String(id)])).stdout, /First suspects\n {2}version \d+ went live/);
    await home.endpoint(name, ({ state, liveVersion }) => state === 'live' && liveVersion === versions.steady);
    const [last] = await rollbacks();
    assert.deepEqual([last?.automatic, last?.reason.startsWith(`Incident ${id}, alert no-traffic: `)], [true, true]);
    const { entries } = await home.client().call('listAudit', { subject: name, limit: 100 });
    assert.deepEqual(entries.filter(({ action }) => action === 'rollback.requested').map(({ program, detail }) => [program, detail['incident']]), [['companion', id]]);

    await calm();
    const { id: coming } = await home.client().call('deploy', { name, model: 'rule', version: versions['steady:2'], strategy: { kind: 'blue-green', hold: true } });
    await home.rollout(coming, ({ state }) => state === 'held');
    await firing(/^Not rolled back for no-traffic: A rollout of alarmed to version \d+ is held/);
    assert.equal((await home.client().call('getRollout', { id: coming })).state, 'held');
    await home.client().call('cancelRollout', { name });

    await calm();
    // The release that was left is nothing to go back to.
    await firing(/^Not rolled back for no-traffic: There is no earlier release of alarmed to go back to/);
    assert.equal(await live(), versions.steady);
    assert.equal((await rollbacks()).length, 1);
    await home.client().call('deleteEndpoint', { name, evenIfBusy: 'true' });
  });

  it('finds replicas and gateway again that went on, and starts them after a restart of the machine', async () => {
    const before = await home.endpoint('road');
    const pid = Number(liveReplica(before).handle);
    await home.kill();
    assert.equal((await predict(before.url)).status, 200);
    await home.start();
    const same = await home.endpoint('road', ({ state }) => state === 'live');
    assert.equal(Number(liveReplica(same).handle), pid);

    const { pid: gateway } = readGatewayLock(describeHome(home.root)) ?? assert.fail('there is no gateway');
    await home.kill();
    for (const ended of [pid, gateway]) {
      process.kill(ended, 'SIGKILL');
      await until(async () => (await processIdentity(ended)) === undefined);
    }
    await home.start();
    const again = await home.endpoint('road', (endpoint) => endpoint.state === 'live' && Number(liveReplica(endpoint).handle) !== pid);
    assert.equal((await predict(again.url)).status, 200);
  });

  it('is brought back like gateway, replicas and workers that are killed under load, and nobody loses a request or a change', { skip: process.platform !== 'linux' && 'looks into /proc' }, async () => {
    await home.client().call('scaleEndpoint', { name: 'road', replicaCount: 2 });
    const body = JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: [[1, 0]] } });
    const { lost, killed } = await killAtRandom({ home, endpoint: 'road', kills: 6, clients: 4, body, meanMilliseconds: 300 });
    assert.deepEqual(lost.slice(0, 20), []);
    assert.ok(Object.values(killed).every((times) => times > 0), JSON.stringify(killed));
    assert.equal((await home.client().call('verifyAudit', {})).intact, true);
    await home.client().call('scaleEndpoint', { name: 'road', replicaCount: 1 });
  });

  it('leaves no model server behind', { skip: process.platform !== 'linux' && 'looks into /proc' }, async () => {
    const { replicas } = await home.endpoint('road', settled);
    assert.deepEqual((await modelServers()).sort(), replicas.map(({ handle }) => handle).sort());
    await home.client().call('stopEndpoint', { name: 'road' });
    assert.deepEqual(await modelServers(), []);
  });
});
