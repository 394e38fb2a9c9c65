import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import { restoreDatabase } from '../../../server/companion/restore.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { askedBy } from '../../harness/askedBy.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';

describe('backups of the database', () => {
  const outside = mkdtempSync(path.join(tmpdir(), 'slipway-backups-'));
  after(() => rmSync(outside, { recursive: true, force: true }));
  let home: TestCompanionHome;
  let slipway: CommandLine;
  let copies = 0;
  beforeEach(() => {
    home = openCompanionHome();
    slipway = commandLine(home.root);
  });
  afterEach(() => home.close());

  const database = (): string => path.join(home.root, 'slipway.db');
  const newFile = (): string => path.join(outside, `copy-${(copies += 1)}.db`);
  const createExperiment = async ({ baseUrl, lock }: CompanionClient, name: string): Promise<void> => {
    const answer = await fetch(`${baseUrl}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lock.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  describe('by the companion', () => {
    const folder = (): string => path.join(home.root, 'backups');
    const backups = (): string[] => (existsSync(folder()) ? readdirSync(folder()).filter((name) => name.endsWith('.db')).sort().map((name) => path.join(folder(), name)) : []);
    const start = (): Promise<CompanionClient> => home.start({ environment: { SLIPWAY_TIMING: JSON.stringify({ backup: 1, backupCheck: 50 }) } });
    const upToDate = (): number => readFileSync(path.join(home.root, 'logs', 'companion.log'), 'utf8').split('the newest backup of the database is up to date').length - 1;

    it('are made of each day that has changes, and the newest three stay', async () => {
      const client = await start();
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        await createExperiment(client, name);
        await until(() => experiments(backups().at(-1)).includes(name));
      }
      await until(() => backups().length === 3);
      assert.deepEqual(experiments(backups().at(-1)), ['Default', 'one', 'two', 'three', 'four', 'five']);
      assert.ok(backups().every((file) => integrity(file) === 'ok' && (statSync(file).mode & 0o077) === 0));

      const kept = backups();
      const before = upToDate();
      await until(() => upToDate() >= before + 3);
      assert.deepEqual(backups(), kept, 'a day without changes takes no backup of another state away');
    });

    it('go on after a kill, and nothing is left half-written', async () => {
      const first = await start();
      await until(() => upToDate() > 0);
      await home.kill(first);
      writeFileSync(path.join(folder(), 'slipway-2026-01-01T00-00-00-000Z.db.1.tmp'), 'half');
      const [made] = backups();
      const second = await start();
      await createExperiment(second, 'later');
      await until(() => backups().length === 2);
      await home.end();
      assert.deepEqual(readdirSync(folder()).map((name) => path.join(folder(), name)).sort(), backups());
      assert.equal(backups()[0], made);
    });
  });

  describe('to a file', () => {
    it('hold what was acknowledged, while a companion runs and after it was killed', async () => {
      const client = await home.start();
      await createExperiment(client, 'while it runs');
      const running = newFile();
      const { code, value } = await slipway.json(['backup', running]);
      assert.equal(code, 0, JSON.stringify(value));
      assert.deepEqual(value, { file: running, bytes: statSync(running).size });
      assert.ok(isAlive(client.lock.pid));
      assert.deepEqual(experiments(running), ['Default', 'while it runs']);
      assert.equal(statSync(running).mode & 0o077, 0);

      await createExperiment(client, 'in the log of a killed one');
      await home.kill(client);
      const killed = newFile();
      assert.equal((await slipway.run(['backup', killed])).code, 0);
      assert.deepEqual(experiments(killed), ['Default', 'while it runs', 'in the log of a killed one']);
    });

    it('never take the place of another file', async () => {
      await home.start();
      const file = newFile();
      writeFileSync(file, 'mine');
      const refused = await slipway.run(['backup', file]);
      assert.equal(refused.code, 4);
      assert.match(refused.stderr, /exists already/);
      assert.equal(readFileSync(file, 'utf8'), 'mine');
      const nowhere = path.join(outside, 'no', 'such', 'folder.db');
      assert.equal((await slipway.run(['backup', nowhere])).code, 3);
    });

    it('of a damaged database are refused and leave no file', async () => {
      await home.start();
      await home.end();
      truncateSync(database(), 8192);
      const file = newFile();
      const refused = await slipway.run(['backup', file]);
      assert.equal(refused.code, 5, refused.stderr);
      assert.ok(refused.stderr.includes(database()), refused.stderr);
      assert.equal(existsSync(file), false);
    });
  });

  describe('that are restored', () => {
    const entries = z.object({ entries: z.array(z.object({ action: z.string(), actor: z.string(), detail: z.object({ file: z.string(), replaced: z.string().optional() }) })) });

    it('take the place of the database, which is kept, and are in the audit log', async () => {
      const client = await home.start();
      await createExperiment(client, 'before');
      const file = newFile();
      await slipway.run(['backup', file]);
      await createExperiment(client, 'after');

      const { code, value } = await slipway.json(['restore', file]);
      assert.equal(code, 0, JSON.stringify(value));
      assert.equal(isAlive(client.lock.pid), false, 'the companion is asked to stop');
      const { replaced } = z.object({ replaced: z.string() }).parse(value);
      assert.equal(path.dirname(replaced), home.root);
      assert.deepEqual(experiments(replaced), ['Default', 'before', 'after']);
      assert.deepEqual(experiments(database()), ['Default', 'before']);
      const again = await home.start();
      const { entries: [entry] } = entries.parse(await again.call('listAudit', { subject: 'data home', limit: 10 }));
      assert.equal(entry?.action, 'database.restored');
      assert.deepEqual(entry?.detail, { ...entry?.detail, file, replaced });
      assert.equal((await again.call('verifyAudit', {})).intact, true);
    });

    it('bring a lost database back by the path that the refusal names', async () => {
      const client = await home.start({ environment: { SLIPWAY_TIMING: JSON.stringify({ backup: 1, backupCheck: 50 }) } });
      await createExperiment(client, 'kept');
      await until(() => experiments(newestBackup(home.root)).includes('kept'));
      await home.end();
      rmSync(database());
      writeFileSync(path.join(home.root, 'releases', 'content'), '');
      const refused = await slipway.run(['serve']);
      const [, named = ''] = /slipway restore "([^"]+)"/.exec(refused.stderr) ?? [];
      assert.ok((await slipway.run(['restore'])).stdout.includes(named), 'the backups are listed');
      const restored = await slipway.run(['restore', named]);
      assert.equal(restored.code, 0, restored.stderr);
      await home.start();
      assert.deepEqual(experiments(database()), ['Default', 'kept']);
    });

    it('are refused when they are damaged, of a newer version or no database of Slipway, before anything is stopped or touched', async () => {
      const client = await home.start();
      await createExperiment(client, 'here');
      const bad = { garbage: newFile(), cut: newFile(), newer: newFile(), other: newFile() };
      writeFileSync(bad.garbage, 'no database '.repeat(1000));
      await slipway.run(['backup', bad.cut]);
      await slipway.run(['backup', bad.newer]);
      truncateSync(bad.cut, 8192);
      change(bad.newer, 'PRAGMA user_version = 9999');
      change(bad.other, 'CREATE TABLE something (id INTEGER)');
      for (const [file, code, words] of [
        [bad.garbage, 2, /no database, or a damaged one/],
        [bad.cut, 2, /damaged/],
        [bad.newer, 4, /newer Slipway/],
        [bad.other, 2, /no database of Slipway/],
        [path.join(outside, 'nothing.db'), 3, /There is no file/],
      ] as const) {
        const refused = await slipway.run(['restore', file]);
        assert.equal(refused.code, code, refused.stderr);
        assert.match(refused.stderr, words);
      }
      assert.equal((await client.call('getStatus', {})).pid, client.lock.pid);
      assert.deepEqual(experiments(database()), ['Default', 'here']);
    });

    it('do not come under a companion that runs', async () => {
      await home.start();
      const file = newFile();
      await slipway.run(['backup', file]);
      await assert.rejects(restoreDatabase(home.root, file, askedBy('ada')), { name: 'Problem', reason: 'conflict', remedy: /slipway stop/ });
    });
  });
});

function newestBackup(root: string): string | undefined {
  const folder = path.join(root, 'backups');
  const name = readdirSync(folder).filter((each) => each.endsWith('.db')).sort().at(-1);
  return name === undefined ? undefined : path.join(folder, name);
}

function experiments(file: string | undefined): string[] {
  return file === undefined ? [] : look(file, (database) => database.prepare<[], { name: string }>('SELECT name FROM experiments ORDER BY id').all().map(({ name }) => name));
}

function integrity(file: string): unknown {
  return look(file, (database) => database.pragma('integrity_check', { simple: true }));
}

function look<T>(file: string, read: (database: SqliteDatabase.Database) => T): T {
  const database = new SqliteDatabase(file, { readonly: true, fileMustExist: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function change(file: string, sql: string): void {
  const database = new SqliteDatabase(file);
  database.exec(sql);
  database.close();
}
