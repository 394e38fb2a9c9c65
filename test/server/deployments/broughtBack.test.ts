import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { discoverCompanion } from '../../../server/client/discover.ts';
import type { CompanionLock } from '../../../server/contract/companion.ts';
import { callGateway } from '../../../server/gateway/controlCall.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { gatewayStatus, type GatewayStatus } from '../../../server/gateway/statusReport.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { until } from '../../harness/until.ts';
import { predict } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

describe('gateway and companion', () => {
  let home: PreparedHome;
  let url: string;
  before(async () => {
    // A gateway that was killed is missed before it is looked at in full.
    home = await openPreparedHome({ SLIPWAY_TIMING: JSON.stringify({ gatewayCheck: 600_000 }) });
    await home.start();
    const rollout = await home.deploy({ name: 'kept', model: 'rule', version: home.versions.steady });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    ({ url } = await home.endpoint('kept'));
  });
  after(() => home.close());

  const gateway = async (): Promise<GatewayStatus | undefined> => {
    const lock = readGatewayLock(describeHome(home.root));
    return lock === undefined ? undefined : callGateway(lock, 'GET', '/-/status', gatewayStatus);
  };
  /** The gateway, once it looks after that companion. */
  const following = async (companion: number | undefined): Promise<GatewayStatus> => {
    let found: GatewayStatus | undefined;
    await until(async () => {
      found = await gateway();
      return found !== undefined && found.follows === companion;
    });
    return found ?? assert.fail();
  };
  const companionOtherThan = async (pid: number): Promise<CompanionLock> => {
    let found: CompanionLock | undefined;
    await until(async () => {
      found = await discoverCompanion(home.root);
      return found !== undefined && found.pid !== pid;
    });
    return found ?? assert.fail();
  };
  const answers = (): Promise<void> => until(async () => (await predict(url).catch(() => undefined))?.status === 200);

  /** Companions of this data home. */
  const companions = (): number[] =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        return /companion\.mjs|server\/main\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SLIPWAY_HOME=${home.root}\0`);
      } catch {
        return false;
      }
    });

  it('bring each other back after kill -9, each as often as it is killed', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { pid: companion } = (await discoverCompanion(home.root)) ?? assert.fail();
      const before = await following(companion);
      process.kill(before.pid, 'SIGKILL');
      await until(() => !isAlive(before.pid));
      await answers();
      const { pid: killed } = await following(companion);
      assert.notEqual(killed, before.pid);
      process.kill(companion, 'SIGKILL');
      const now = await companionOtherThan(companion);
      assert.equal((await following(now.pid)).pid, killed);
      assert.equal((await predict(url)).status, 200);
    }
    await home.start();
    await home.endpoint('kept', ({ state }) => state === 'live');
  });

  it('are one each, also when somebody else starts the companion in the same moment', { skip: process.platform !== 'linux' }, async () => {
    const { pid } = (await discoverCompanion(home.root)) ?? assert.fail();
    await following(pid);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    const clients = await Promise.all([home.start(), home.start()]);
    const { pid: now } = await companionOtherThan(pid);
    assert.deepEqual([...new Set(clients.map(({ lock }) => lock.pid))], [now]);
    await following(now);
    // One that has lost is about to end.
    await until(() => companions().length === 1);
    assert.deepEqual(companions(), [now]);
  });

  it('leave a companion alone that ended because it was told to', async () => {
    const client = await home.start();
    await following(client.lock.pid);
    await client.call('shutDown', { reason: 'test' });
    await until(() => !isAlive(client.lock.pid));
    await following(undefined);
    assert.equal((await predict(url)).status, 200);
    assert.equal(await discoverCompanion(home.root), undefined);
    await home.start();
  });
});
