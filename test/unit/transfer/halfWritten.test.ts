import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { openReadonly, readTables } from '../../../server/transfer/database/readonlyDatabase.ts';

test('a database that a killed program left in the middle of a write is read as it was before', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-half-'));
  const written = path.join(folder, 'written.db');
  const left = path.join(folder, 'left.db');
  try {
    const writer = new SqliteDatabase(written);
    writer.pragma('cache_size = 5');
    writer.exec('CREATE TABLE points (value TEXT)');
    const insert = writer.prepare('INSERT INTO points VALUES (?)');
    writer.transaction(() => {
      for (let index = 0; index < 2000; index++) {
        insert.run('before '.repeat(20));
      }
    })();
    // More pages than the cache holds: some are in the file before the transaction ends.
    writer.exec(`BEGIN; UPDATE points SET value = replace(value, 'before', 'after')`);
    copyFileSync(written, left);
    copyFileSync(`${written}-journal`, `${left}-journal`);
    writer.exec('ROLLBACK');
    writer.close();

    const database = openReadonly(left);
    assert.deepEqual([...readTables(database)], ['points']);
    assert.deepEqual(database.prepare(`SELECT count(*) AS points FROM points WHERE value LIKE 'before%'`).get(), { points: 2000 });
    assert.throws(() => database.exec('DELETE FROM points'), { code: 'SQLITE_READONLY' });
    database.close();
    assert.ok(!existsSync(`${left}-journal`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
