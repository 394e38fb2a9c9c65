import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

const digest = 'ab'.repeat(32);

describe('a database that is lost or damaged', () => {
  let home: TestCompanionHome;
  let database: string;
  let blob: string;
  let backup: string;
  beforeEach(async () => {
    home = openCompanionHome();
    database = path.join(home.root, 'slipway.db');
    blob = blobPath(path.join(home.root, 'blobs'), digest);
    await home.start();
    await home.end();
    mkdirSync(path.dirname(blob), { recursive: true });
    writeFileSync(blob, 'an artifact');
    backup = path.join(home.root, 'backups', 'slipway-2026-01-02T03-04-05-678Z.db');
    mkdirSync(path.dirname(backup), { recursive: true });
    writeFileSync(path.join(home.root, 'backups', 'slipway-2025-12-31T03-04-05-678Z.db'), '');
    writeFileSync(backup, '');
  });
  afterEach(() => home.close());

  const refusal = async (): Promise<CallFailure> => {
    const failure = await home.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(CallFailure.is(failure, 'start-failed'), `expected a refusal, got ${String(failure)}`);
    const { message, remedy = '' } = failure;
    assert.ok(message.includes(database), message);
    const log = readFileSync(path.join(home.root, 'logs', 'companion.log'), 'utf8');
    assert.ok(log.includes(`error the companion does not start: ${message} ${remedy}\n`), log);
    return failure;
  };
  const restores = ({ remedy = '' }: CallFailure): void => assert.ok(remedy.includes(`slipway restore "${backup}"`), remedy);

  for (const [what, lose, words] of [
    ['missing', () => rmSync(database), /is missing/],
    ['of no bytes', () => truncateSync(database, 0), /is empty/],
    ['without tables', () => emptyDatabase(database), /is empty/],
  ] as const) {
    it(`is refused beside artifacts when it is ${what}, with the newest backup as the remedy, and nothing is touched`, async () => {
      lose();
      const failure = await refusal();
      assert.match(failure.message, words);
      assert.ok(failure.message.includes(path.join(home.root, 'blobs')), failure.message);
      restores(failure);
      assert.match(failure.remedy ?? '', /begin anew, move .* away/);
      assert.equal(readFileSync(blob, 'utf8'), 'an artifact');

      renameSync(path.join(home.root, 'blobs'), path.join(home.root, 'blobs-before'));
      const client = await home.start();
      assert.equal((await client.call('getStatus', {})).pid, client.lock.pid, 'what the remedy says works');
    });
  }

  it('is refused beside releases too', async () => {
    rmSync(database);
    rmSync(blob);
    mkdirSync(path.join(home.root, 'releases', digest, 'model'), { recursive: true });
    writeFileSync(path.join(home.root, 'releases', digest, 'model', 'MLmodel'), 'flavors: {}');
    assert.match((await refusal()).message, /is missing, and .*releases holds/);
  });

  for (const [what, damage] of [
    ['holds garbage', () => writeFileSync(database, Buffer.alloc(8192, 'no database '))],
    ['is cut', () => truncateSync(database, 8192)],
    ['has pages of garbage', () => overwritePages(database)],
  ] as const) {
    it(`is named with what it means and the backup when it ${what}`, async () => {
      damage();
      const before = readFileSync(database);
      const failure = await refusal();
      assert.match(failure.message, /is damaged \(.*\): runs, registered models and endpoints cannot be read/);
      restores(failure);
      assert.deepEqual(readFileSync(database), before);
    });
  }
});

function emptyDatabase(file: string): void {
  rmSync(file);
  const database = new SqliteDatabase(file);
  database.pragma('journal_mode = WAL');
  database.close();
}

/** All pages but the first, which says what the file is. */
function overwritePages(file: string): void {
  const content = readFileSync(file);
  content.fill(0xa5, 4096);
  writeFileSync(file, content);
}
