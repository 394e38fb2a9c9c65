import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { createJobs, type Jobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { migrationsFolder } from '../../../server/platform/resources.ts';
import { createSecretFile } from '../../../server/platform/secrets/secretFile.ts';
import { createLogins } from '../../../server/trackingServer/logins.ts';
import { createOutbox, type Outbox } from '../../../server/trackingServer/outbox.ts';
import { createSharedServers, type SharedServers } from '../../../server/trackingServer/servers.ts';

/** Ends with the limit of the test file where the condition never holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const post = z.object({ alias: z.string(), version: z.string() });
const ada = { user: 'ada', program: 'command line' } as const;

describe('calls to shared servers', () => {
  let root = '';
  let url = '';
  let server: Server | undefined;
  /** What the server was told, as `alias version`. */
  let told: string[] = [];
  /** How the server answers the alias of a name. */
  let status: (alias: string) => number = () => 200;
  let database: Database;
  let jobs: Jobs;
  let servers: SharedServers;
  let audit: AuditLog;
  let outbox: Outbox;

  const serve = async (): Promise<void> => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        if (request.url === '/version') {
          response.end('3.17.0');
          return;
        }
        if (request.url?.endsWith('/registered-models/alias') !== true) {
          response.end('{}');
          return;
        }
        const { alias, version } = post.parse(JSON.parse(body));
        const answer = status(alias);
        told.push(`${alias} ${version}`);
        response.writeHead(answer, { 'content-type': 'application/json' }).end(answer === 200 ? '{}' : `{"error_code": "INVALID_PARAMETER_VALUE", "message": "no such version"}`);
      });
    });
    await new Promise<void>((resolve) => server?.listen(Number(new URL(url).port), '127.0.0.1', resolve));
  };
  const open = (): void => {
    database = openDatabase(path.join(root, 'slipway.db'));
    jobs = createJobs({ database, log: silentLog });
    audit = createAuditLog(database, auditKeyOf(randomBytes(32)));
    const logins = createLogins({ secrets: createSecretFile(path.join(root, 'secrets')), tokenFile: path.join(root, 'token'), log: silentLog });
    servers = createSharedServers({ workspace: () => '', trackingUri: () => url, logins, lockFile: path.join(root, 'lock.json') });
    outbox = createOutbox({ jobs, servers, audit, changed: () => undefined });
  };
  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'slipway-outbox-'));
    writeFileSync(path.join(root, 'token'), 'own\n');
    writeFileSync(path.join(root, 'lock.json'), '{"port": 1}');
    url = `http://127.0.0.1:${await freePort()}`;
    told = [];
    status = () => 200;
  });
  afterEach(async () => {
    await jobs.stop();
    database.close();
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    rmSync(root, { recursive: true, force: true });
  });
  const move = (alias: string, version: string): void =>
    outbox.put({
      server: url,
      subject: `alias ${alias}`,
      path: '/registered-models/alias',
      body: { alias, version },
      summary: `${alias} moves to ${version}`,
      audit: { actor: ada, action: 'alias.set', subject: alias, detail: { version } },
    });
  const audited = (): string[] => audit.list({ limit: 100 }).map(({ action, subject, actor }) => `${actor} ${action} ${subject}`);

  it('are made in their order, the newest of each subject, once the server is there', async () => {
    open();
    move('champion', '1');
    move('other', '1');
    move('champion', '2');
    outbox.tryNow();
    jobs.start();
    await until(() => outbox.waiting().some((line) => line.includes('does not answer')));
    assert.equal(outbox.waiting().length, 2);
    assert.match(outbox.waiting()[0] ?? '', /^other moves to 1: .* does not answer/);
    assert.deepEqual([told, audited()], [[], []]);
    await serve();
    await until(() => outbox.waiting().length === 0);
    assert.deepEqual(told, ['other 1', 'champion 2']);
    assert.deepEqual(audited(), ['ada alias.set champion', 'ada alias.set other']);
  });

  it('are given up where the server says no, which the audit log tells, and those behind them are made', async () => {
    await serve();
    status = (alias) => (alias === 'wrong' ? 400 : 200);
    open();
    jobs.start();
    move('wrong', '9');
    move('champion', '1');
    await until(() => outbox.waiting().length === 0);
    assert.deepEqual(told, ['wrong 9', 'champion 1']);
    assert.deepEqual(audited(), ['ada alias.set champion', 'ada alias.set.refused wrong']);
  });

  it('wait for a login where one is refused', async () => {
    await serve();
    status = () => 401;
    open();
    jobs.start();
    move('champion', '1');
    await until(() => outbox.waiting().some((line) => line.includes('refuses the login')));
    assert.deepEqual(told, ['champion 1']);
    status = () => 200;
    servers.logIn(url, { token: 'right' });
    outbox.tryNow();
    await until(() => outbox.waiting().length === 0);
    assert.deepEqual(told, ['champion 1', 'champion 1']);
  });

  it('that an older version left are made, in their order, and its captured runs are known and published', async () => {
    const before = new SqliteDatabase(path.join(root, 'slipway.db'));
    const files = readdirSync(migrationsFolder).sort();
    const ours = files.findIndex((file) => file.endsWith('-durable-calls.sql'));
    files.slice(0, ours).forEach((file) => before.exec(readFileSync(path.join(migrationsFolder, file), 'utf8')));
    before.pragma(`user_version = ${Number.parseInt(files[ours - 1] ?? '', 10)}`);
    const call = before.prepare('INSERT INTO remote_calls (server, subject, path, body, summary, audit, failure) VALUES (?, ?, ?, ?, ?, ?, ?)');
    const entry = JSON.stringify({ actor: 'grace', action: 'alias.set', subject: 'first', detail: { version: '1' } });
    call.run(url, 'alias first', '/registered-models/alias', '{"alias":"first","version":"1"}', 'first moves to 1', entry, 'was away');
    call.run(url, 'alias second', '/registered-models/alias', '{"alias":"second","version":"2"}', 'second moves to 2', null, null);
    const capture = before.prepare('INSERT INTO remote_captures (run_id, server, remote_id, points, done, failure) VALUES (?, ?, ?, ?, ?, ?)');
    capture.run('published', url, 'there', 3, 1, null);
    capture.run('changed', url, 'there too', 2, 0, 'was away');
    capture.run('on its way', url, null, 0, 2, null);
    before.close();

    open();
    assert.deepEqual(outbox.waiting(), ['first moves to 1: was away', 'second moves to 2']);
    assert.deepEqual(database.prepare(`SELECT subject, json_extract(payload, '$.runId') AS run FROM jobs WHERE kind = 'tracking-server.capture' ORDER BY subject`).all(), [
      { subject: 'changed', run: 'changed' },
      { subject: 'on its way', run: 'on its way' },
    ]);
    assert.deepEqual(database.prepare('SELECT run_id, remote_id, points FROM remote_captures WHERE remote_id IS NOT NULL ORDER BY run_id').all(), [
      { run_id: 'changed', remote_id: 'there too', points: 2 },
      { run_id: 'published', remote_id: 'there', points: 3 },
    ]);
    await serve();
    jobs.start();
    await until(() => outbox.waiting().length === 0);
    assert.deepEqual(told, ['first 1', 'second 2']);
    assert.deepEqual(audited(), ['grace alias.set first']);
  });
});
