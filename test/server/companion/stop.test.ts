import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion, readCompanionLock } from '../../../server/client/discover.ts';
import { isHeld } from '../../../server/platform/exclusiveHome.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { companionEntry, openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';

const posix = { skip: process.platform === 'win32' ? 'signals and FIFOs' : false };

describe('the end of a companion', () => {
  let home: TestCompanionHome;
  let slipway: CommandLine;
  beforeEach(() => {
    home = openCompanionHome();
    slipway = commandLine(home.root, { SLIPWAY_TIMING: JSON.stringify({ kill: 500 }) });
  });
  afterEach(() => home.close());

  const lockFile = (): string => path.join(home.root, 'companion.json');
  const ask = async ({ baseUrl, lock }: CompanionClient, method: string, route: string, body?: string): Promise<Response> =>
    fetch(`${baseUrl}/api/2.0/${route}`, { method, headers: { authorization: `Bearer ${lock.token}`, ...(body?.startsWith('{') === true ? { 'content-type': 'application/json' } : {}) }, body: body ?? null });
  const createRun = async (client: CompanionClient): Promise<string> => {
    const answer = await ask(client, 'POST', 'mlflow/runs/create', JSON.stringify({ experiment_id: '0', start_time: 1 }));
    return z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(await answer.json()).run.info.run_id;
  };

  it('is said in its lock file, which goes last, and nobody takes it for one that stays', async () => {
    const client = await home.start();
    const stop = new AbortController();
    // Who listens keeps it up for a moment.
    const events = client.events(stop.signal).next().catch(() => undefined);
    await client.call('getStatus', {});
    await client.call('shutDown', { reason: 'test' });
    const lock = await readCompanionLock(home.root);
    assert.equal(lock?.pid, client.lock.pid);
    assert.ok(lock?.endingSince !== undefined, JSON.stringify(lock));
    assert.equal(await discoverCompanion(home.root), undefined);
    const health = await fetch(`${client.baseUrl}/health`).then(({ status }) => status, () => undefined);
    assert.notEqual(health, 200, 'also clients that do not know such lock files learn it');
    assert.equal(isHeld(home.root), true);
    stop.abort();
    await events;
    await until(() => !isAlive(client.lock.pid));
    assert.equal(existsSync(lockFile()), false);
  });

  it('is said by slipway status while it lasts', posix, async () => {
    const client = await home.start();
    const stop = new AbortController();
    const events = client.events(stop.signal).next().catch(() => undefined);
    await client.call('getStatus', {});
    await client.call('shutDown', { reason: 'test' });
    // It ends no further until it has been asked about.
    process.kill(client.lock.pid, 'SIGSTOP');
    try {
      const { code, stderr } = await slipway.run(['status']);
      assert.equal(code, 5, stderr);
      assert.match(stderr, new RegExp(`The companion \\(process ${client.lock.pid}\\) is ending`));
    } finally {
      process.kill(client.lock.pid, 'SIGCONT');
    }
    stop.abort();
    await events;
    await until(() => !isAlive(client.lock.pid));
    assert.match((await slipway.run(['status'])).stderr, /No companion is running/);
  });

  it('comes although a read is never answered, and the home is held until the process is gone', posix, async () => {
    const client = await home.start();
    const runId = await createRun(client);
    const route = `mlflow-artifacts/artifacts/0/${runId}/artifacts/note.txt`;
    assert.equal((await ask(client, 'PUT', route, 'a note')).status, 200);
    const blob = blobPath(path.join(home.root, 'blobs'), createHash('sha256').update('a note').digest('hex'));
    rmSync(blob);
    // What opens it waits for a writer, as for a disk of the network that is gone.
    execFileSync('mkfifo', [blob]);
    const reading = ask(client, 'GET', route).catch(() => undefined);
    await client.call('getStatus', {});
    await client.call('getStatus', {});
    const stopping = commandLine(home.root).run(['stop']);
    await until(() => {
      const held = isHeld(home.root);
      assert.ok(held || !isAlive(client.lock.pid), 'another companion could have begun beside it');
      return !held;
    });
    const { code, stdout } = await stopping;
    assert.deepEqual([code, stdout], [0, 'Companion stopped.\n']);
    assert.equal(isAlive(client.lock.pid), false);
    assert.equal(existsSync(lockFile()), false);
    rmSync(blob);
    await reading;
  });

  it('cuts off what does not stop in time, and loses nothing that was acknowledged', async () => {
    const client = await home.start({ environment: { SLIPWAY_TIMING: JSON.stringify({ end: 100 }) } });
    const runId = await createRun(client);
    const stop = new AbortController();
    // Who listens keeps it up for longer than that.
    const events = client.events(stop.signal).next().catch(() => undefined);
    await client.call('getStatus', {});
    await client.call('shutDown', { reason: 'test' });
    await until(() => !isAlive(client.lock.pid));
    await events;
    assert.equal(existsSync(lockFile()), false);
    assert.match(readFileSync(path.join(home.root, 'logs', 'companion.log'), 'utf8'), /did not stop within 0\.1 s and is cut off/);
    const again = await home.start();
    assert.equal((await ask(again, 'GET', `mlflow/runs/get?run_id=${runId}`)).status, 200);
  });

  it('is made by slipway stop where the companion does nothing any more, which names its process', posix, async () => {
    const client = await home.start();
    const { pid } = client.lock;
    process.kill(pid, 'SIGSTOP');
    const { stderr } = await promisify(execFile)(process.execPath, [companionEntry], { env: { ...process.env, SLIPWAY_HOME: home.root, SLIPWAY_PORT: '0', SLIPWAY_IDLE_SECONDS: '1' } });
    assert.match(stderr, /already-running/, 'no other runs beside it');
    const stopped = await slipway.run(['stop']);
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, new RegExp(`process ${pid}\\) did not end in time and was killed`));
    assert.equal(isAlive(pid), false);
    assert.equal(existsSync(lockFile()), false);
    assert.notEqual((await home.start()).lock.pid, pid);
  });

  it('is waited for by a second slipway stop', posix, async () => {
    const client = await home.start();
    await client.call('shutDown', { reason: 'test' });
    process.kill(client.lock.pid, 'SIGSTOP');
    const { code, value } = await slipway.json(['stop']);
    if (isAlive(client.lock.pid)) {
      process.kill(client.lock.pid, 'SIGKILL');
    }
    assert.equal(code, 0);
    assert.ok(z.object({ how: z.enum(['killed', 'not-running']) }).safeParse(value).success, JSON.stringify(value));
  });

  it('is none where a killed companion left its lock file', async () => {
    const client = await home.start();
    await home.kill(client);
    const { code, stdout } = await slipway.run(['stop']);
    assert.deepEqual([code, stdout], [0, 'No companion is running.\n']);
  });
});
