import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { ensureCompanion } from '../../../server/client/start.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { companionEntry, openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

function occupyPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const connections = new Set<Socket>();
  const server = createServer((connection) => connections.add(connection));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      resolve({
        port: address.port,
        release: () => {
          connections.forEach((connection) => connection.destroy());
          return new Promise((closed) => server.close(() => closed()));
        },
      });
    });
  });
}

async function failureOf(work: Promise<unknown>): Promise<CallFailure> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(CallFailure.is(failure), `expected a CallFailure, got ${String(failure)}`);
  return failure;
}

describe('the companion', () => {
  let home: TestCompanionHome;
  beforeEach(() => {
    home = openCompanionHome();
  });
  afterEach(() => home.close());

  it('is started once when several windows start it at the same moment', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => home.start()));
    assert.deepEqual(new Set(clients.map(({ lock }) => lock.pid)).size, 1);
    const status = await clients[0]?.call('getStatus', {});
    assert.equal(status?.pid, clients[0]?.lock.pid);
  });

  it('keeps its token, so that connected kernels stay connected, and gets a new lock after kill -9', async () => {
    const first = await home.start();
    await home.kill(first);
    assert.ok(existsSync(path.join(home.root, 'companion.json')), 'a killed companion leaves its lock file behind');
    assert.equal(await discoverCompanion(home.root), undefined);
    const second = await home.start();
    assert.notEqual(second.lock.pid, first.lock.pid);
    assert.equal(second.lock.token, first.lock.token);
  });

  it('does not take another program on the remembered port for itself', async () => {
    const first = await home.start();
    await home.kill(first);
    const stranger = await occupyPort();
    const stale = { ...first.lock, port: stranger.port };
    writeFileSync(path.join(home.root, 'companion.json'), JSON.stringify(stale));
    const second = await home.start();
    assert.notEqual(second.lock.port, stranger.port);
    await stranger.release();
  });

  it('says which port is taken when a port was asked for', async () => {
    const stranger = await occupyPort();
    const failure = await failureOf(home.start({ port: stranger.port }));
    assert.equal(failure.reason, 'start-failed');
    assert.match(failure.message, new RegExp(`Port ${stranger.port} is taken`));
    assert.equal(failure.field, 'port');
    await stranger.release();
  });

  it('moves to a free port with a notice when only its usual port is taken', async () => {
    const stranger = await occupyPort();
    writeFileSync(path.join(home.root, 'port'), `${stranger.port}\n`);
    const client = await ensureCompanion({ home: home.root, entry: companionEntry, version: '0.1.0' });
    assert.notEqual(client.lock.port, stranger.port);
    const { notices } = await client.call('getStatus', {});
    assert.match(notices.join(), new RegExp(`Port ${stranger.port} is taken`));
    await stranger.release();
  });

  it('names the data home when it cannot be written', async () => {
    const file = path.join(home.root, 'file');
    writeFileSync(file, '');
    const failure = await failureOf(ensureCompanion({ home: path.join(file, 'home'), entry: companionEntry, version: '0.1.0', port: 0 }));
    assert.match(failure.message, /cannot be written/);
    assert.match(failure.remedy ?? '', /SLIPWAY_HOME/);
  });

  it('refuses a database of a newer version and leaves it as it was', async () => {
    mkdirSync(home.root, { recursive: true });
    const file = path.join(home.root, 'slipway.db');
    const database = new SqliteDatabase(file);
    database.pragma('user_version = 9999');
    database.close();
    const before = readFileSync(file);
    const failure = await failureOf(home.start());
    assert.match(failure.message, /newer Slipway/);
    assert.deepEqual(readFileSync(file), before);
  });

  it('makes way for a newer version', async () => {
    const older = await home.start();
    const newer = await home.start({ version: '99.0.0' });
    assert.notEqual(newer.lock.pid, older.lock.pid);
    assert.equal(isAlive(older.lock.pid), false);
  });

  it('is started although the one before is still about to end', async () => {
    const first = await home.start();
    await first.call('shutDown', { reason: 'test' });
    const second = await home.start();
    assert.notEqual(second.lock.pid, first.lock.pid);
    assert.equal((await second.call('getStatus', {})).pid, second.lock.pid);
  });

  /** Starts a companion that ends soon when nobody wants it, and holds a lease of so many milliseconds before it does. */
  const hold = async (lease: number): Promise<{ client: CompanionClient; expiresAt: number }> => {
    for (;;) {
      const client = await home.start({ environment: { SLIPWAY_IDLE_SECONDS: '0.5', SLIPWAY_TIMING: JSON.stringify({ lease }) } });
      try {
        return { client, ...(await client.call('holdLease', { id: 'window', label: 'a window' })) };
      } catch (error) {
        // On a busy machine it may have ended before.
        assert.ok(CallFailure.is(error, 'unreachable'), String(error));
      }
    }
  };

  it('ends by itself once the last lease has run out, and not before', async () => {
    const { client, expiresAt } = await hold(1500);
    await until(() => !isAlive(client.lock.pid));
    assert.ok(Date.now() >= expiresAt, 'a lease keeps the companion up, beyond the idle time');
    assert.equal(existsSync(path.join(home.root, 'companion.json')), false);
  });

  it('ends by itself once the last lease is dropped', async () => {
    const { client } = await hold(24 * 3_600_000);
    await client.call('dropLease', { id: 'window' });
    await until(() => !isAlive(client.lock.pid));
  });

  it('stays up under a run that a client logs, and ends by itself once that is over', async () => {
    const { client } = await hold(24 * 3_600_000);
    const mlflow = mlflowCalls(client);
    const runId = await mlflow.createRun();
    await client.call('dropLease', { id: 'window' });
    assert.equal((await client.call('getStatus', {})).idleUntil, undefined, 'a training between two epochs needs it');
    await mlflow.post('runs/update', { run_id: runId, status: 'FINISHED', end_time: Date.now() });
    await until(() => !isAlive(client.lock.pid));
  });

  it('refuses durations that it does not know', async () => {
    const failure = await failureOf(home.start({ environment: { SLIPWAY_TIMING: JSON.stringify({ leases: 600 }) } }));
    assert.match(failure.message, /SLIPWAY_TIMING is not understood.*"leases"/s);
    assert.equal(failure.field, 'SLIPWAY_TIMING');
  });

  it('tells its clients what changed over the event stream', async () => {
    const client = await home.start();
    const stop = new AbortController();
    const events = client.events(stop.signal);
    const next = events.next();
    // The stream is open once the first request behind it has been answered.
    await client.call('getStatus', {});
    await until(async () => {
      await client.call('changeSettings', { inferenceLogDays: 7 });
      const seen = await Promise.race([next, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100))]);
      return seen?.done === false && seen.value.topic === 'companion';
    });
    stop.abort();
    const { inferenceLogDays } = await createCompanionClient(client.lock).call('getSettings', {});
    assert.equal(inferenceLogDays, 7);
  });
});
