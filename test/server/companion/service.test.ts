import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { passedSocket } from '../../../server/companion/passedSocket.ts';
import { companionLock, type CompanionLock } from '../../../server/contract/companion.ts';
import { ensureCompanion } from '../../../server/client/start.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { commandLine, testPython } from '../../harness/commandLine.ts';
import { companionEntry, openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';

const unit = fileURLToPath(new URL('socketUnit.py', import.meta.url));

describe('a companion that a service starts when somebody connects', { skip: process.platform === 'linux' ? false : 'systemd is of Linux' }, () => {
  let home: TestCompanionHome;
  let service: ChildProcess;
  let port = 0;
  before(async () => {
    home = openCompanionHome();
    service = spawn(testPython, [unit, process.execPath, companionEntry], { env: { ...process.env, SLIPWAY_HOME: home.root }, stdio: ['ignore', 'pipe', 'ignore'] });
    assert.ok(service.stdout !== null);
    const [said] = (await once(service.stdout, 'data')) as [Buffer];
    port = Number(said.toString());
  });
  after(async () => {
    service.kill('SIGKILL');
    await home.close();
  });

  const lock = (): CompanionLock => companionLock.parse(JSON.parse(readFileSync(path.join(home.root, 'companion.json'), 'utf8')));
  const createRun = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${lock().token}`, 'content-type': 'application/json' };
    return (await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/runs/create`, { method: 'POST', headers, body: JSON.stringify({ experiment_id: '0' }) })).status;
  };
  const kill = async (): Promise<number> => {
    const { pid } = lock();
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    return pid;
  };

  it('answers the first who connects, on the port of the service', async () => {
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    assert.equal(lock().port, port);
  });

  it('is there for the next call after it was killed: none is refused', async () => {
    const before = await kill();
    assert.equal(await createRun(), 200);
    assert.notEqual(lock().pid, before);
    assert.equal(lock().port, port);
  });

  it('is the one that the editor and the command line get, in place of a second one on another port', async () => {
    const slipway = commandLine(home.root);
    assert.equal((await slipway.run(['stop'])).code, 0);
    const client = await ensureCompanion({ home: home.root, entry: companionEntry, version: '0.1.0' });
    assert.equal(client.lock.port, port);
    assert.deepEqual((await client.call('getStatus', {})).notices, []);
    const parent = readFileSync(`/proc/${client.lock.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
    assert.equal(Number(parent), service.pid);
    await kill();
    const { code, stdout } = await slipway.run(['serve']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`listens on http://127\\.0\\.0\\.1:${port} `));
  });

  it('takes no socket that was meant for another process', () => {
    assert.equal(passedSocket({ LISTEN_PID: '41', LISTEN_FDS: '1' }, 42), undefined);
    assert.equal(passedSocket({ LISTEN_PID: '42', LISTEN_FDS: '1' }, 42), 3);
    assert.equal(passedSocket({}, 42), undefined);
  });

  it('listens on no socket that other machines reach', () => {
    const other = openCompanionHome();
    const program = [
      'import os, socket, sys',
      'listening = socket.create_server(("0.0.0.0", 0))',
      'os.dup2(listening.fileno(), 3)',
      'os.set_inheritable(3, True)',
      'os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")',
      'os.execvp(sys.argv[1], sys.argv[1:])',
    ].join('\n');
    const { status, stderr } = spawnSync(testPython, ['-c', program, process.execPath, companionEntry], { env: { ...process.env, SLIPWAY_HOME: other.root, SLIPWAY_IDLE_SECONDS: '1' }, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /The service passes a socket on 0\.0\.0\.0; the companion listens on 127\.0\.0\.1 alone\..*ListenStream=127\.0\.0\.1:\d+/s);
    assert.equal(existsSync(path.join(other.root, 'activation.json')), false);
    rmSync(other.root, { recursive: true, force: true });
  });

  it('is started as ever where the service is gone', async () => {
    service.kill('SIGKILL');
    await kill();
    const client = await ensureCompanion({ home: home.root, entry: companionEntry, version: '0.1.0' });
    assert.equal(client.lock.port, port);
  });
});
