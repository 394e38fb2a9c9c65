import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createGatewayControl } from '../../../server/gateway/control.ts';
import { readRouteFile, routeFilePath } from '../../../server/gateway/routeFile.ts';
import { replicaKeyHeader } from '../../../server/platform/http/replicaKey.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { openTestHome, predict, readLog, releaseA, routeOver, type TestHome } from './harness.ts';
import { startReplica, type TestReplica } from './replica.ts';

const folder = path.dirname(fileURLToPath(import.meta.url));
const controlProcess = path.join(folder, 'controlProcess.ts');
const olderGateway = path.join(folder, 'olderGatewayProcess.ts');

describe('the gateway outlives what started it', () => {
  let test: TestHome;
  let replica: TestReplica;
  before(async () => {
    test = await openTestHome();
    replica = await startReplica('r');
  });
  after(async () => {
    await test.close();
    await replica.close();
  });

  it('serves on after kill -9 of the companion, and the next companion adopts it', async () => {
    const child = fork(controlProcess, [test.home.root, String(test.port), replica.address], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
    const pid = readGatewayLock(test.home)?.pid;
    child.kill('SIGKILL');
    await ended;
    assert.equal((await predict(test.control.url('churn'))).status, 200);
    await test.control.ensureRunning();
    assert.equal((await test.control.status())?.pid, pid);
    assert.deepEqual(Object.keys(readRouteFile(routeFilePath(test.home))?.endpoints ?? {}), ['churn']);
    await test.control.apply({ churn: routeOver([releaseA, 100, [replica]]), fraud: routeOver([releaseA, 100, [replica]]) });
    assert.equal((await predict(test.control.url('fraud'))).status, 200);
    assert.equal((await test.control.status())?.pid, pid);
  });

  it('starts anew with the routes of before after kill -9 of its own, and keeps its log', async () => {
    await test.control.apply({ mine: routeOver([releaseA, 100, [replica]]) });
    assert.equal((await predict(test.control.url('mine'))).status, 200);
    const before = (await test.control.status())?.pid ?? 0;
    if (process.platform === 'linux') {
      assert.match(readFileSync(`/proc/${before}/status`, 'utf8'), /^Umask:\s+0077$/m, 'what it writes is for nobody else to read');
    }
    process.kill(before, 'SIGKILL');
    await assert.rejects(predict(test.control.url('mine')));
    await test.control.ensureRunning();
    assert.notEqual((await test.control.status())?.pid, before);
    assert.equal((await predict(test.control.url('mine'))).status, 200);
    await test.control.flush();
    assert.equal(readdirSync(path.join(test.home.inference, 'mine')).length, 2);
    assert.equal(readLog(test.home, 'mine').length, 2);
  });

  it('has every answered request in its log after kill -9 under load', async () => {
    await test.control.apply({ busy: routeOver([releaseA, 100, [replica]]) });
    const url = test.control.url('busy');
    const answered = new Set<string>();
    const client = async (name: string): Promise<void> => {
      for (let number = 0; ; number += 1) {
        const id = `${name}-${number}`;
        try {
          await (await predict(url, undefined, { 'x-request-id': id })).text();
        } catch {
          return;
        }
        answered.add(id);
      }
    };
    for (let round = 0; round < 3; round += 1) {
      await test.control.ensureRunning();
      const pid = (await test.control.status())?.pid ?? 0;
      const before = answered.size;
      const clients = Array.from({ length: 16 }, (_, index) => client(`${round}-${index}`));
      while (answered.size < before + 300) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      process.kill(pid, 'SIGKILL');
      await Promise.all(clients);
    }
    const logged = new Set(readLog(test.home, 'busy').map(({ id }) => id));
    assert.deepEqual([...answered].filter((id) => !logged.has(id)), []);
  });

  it('is one process however many controls start it at once', async () => {
    await test.control.apply({ mine: routeOver([releaseA, 100, [replica]]) });
    await test.control.stop();
    const others = Array.from({ length: 3 }, () => createGatewayControl(test.context));
    await Promise.all(others.map((control) => control.ensureRunning()));
    const pids = await Promise.all(others.map(async (control) => (await control.status())?.pid));
    assert.equal(new Set(pids).size, 1);
    assert.equal((await predict(test.control.url('mine'))).status, 200);
  });

  it('makes way for one that shows keys as soon as a replica wants one, and not before', async (context) => {
    await test.control.stop();
    const older = fork(olderGateway, [test.home.root, String(test.port)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    context.after(() => older.kill('SIGKILL'));
    await new Promise<void>((resolve) => older.stdout?.once('data', () => resolve()));
    const shown: unknown[] = [];
    const locked = await startReplica('locked', (request, response) => {
      shown.push(request.headers[replicaKeyHeader]);
      response.end('{}');
    });
    context.after(() => locked.close());
    const open = routeOver([releaseA, 100, [locked]]);
    await test.control.apply({ mine: open });
    assert.equal((await test.control.status())?.pid, older.pid);
    const key = 'k'.repeat(43);
    await test.control.apply({ mine: { ...open, releases: open.releases.map((each) => ({ ...each, replicas: each.replicas.map((one) => ({ ...one, key })) })) } });
    const { pid, sendsKeys } = (await test.control.status()) ?? assert.fail();
    assert.notEqual(pid, older.pid);
    assert.equal(sendsKeys, true);
    assert.equal((await predict(test.control.url('mine'))).status, 200);
    assert.deepEqual(shown, [key]);
  });

  it('moves to another port when the setting changes', async () => {
    await test.control.apply({ mine: routeOver([releaseA, 100, [replica]]) });
    const moved = await openTestHome();
    const control = createGatewayControl({ ...test.context, settings: () => moved.context.settings() });
    await control.ensureRunning();
    assert.equal((await predict(control.url('mine'))).status, 200);
    assert.equal((await control.status())?.port, moved.port);
    await assert.rejects(predict(test.control.url('mine')));
    await moved.close();
  });
});
