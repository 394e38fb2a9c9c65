import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { canonicalJson } from '../../../server/platform/canonicalJson.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { askedBy } from '../../harness/askedBy.ts';

describe('the audit log', () => {
  let folder: string;
  let database: Database;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-audit-'));
    database = openDatabase(path.join(folder, 'slipway.db'));
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('chains its entries and lists the newest first', () => {
    const log = createAuditLog(database);
    const first = log.append({ actor: askedBy('ann'), action: 'alias.set', subject: 'churn', detail: { to: 2, from: 1 } });
    const second = log.append({ actor: askedBy('bob'), action: 'deploy.requested', subject: 'churn' });
    assert.equal(second.previousHash, first.hash);
    assert.deepEqual(log.list({ limit: 10 }), [second, first]);
    assert.deepEqual(log.list({ limit: 10, before: second.sequence }), [first]);
    assert.deepEqual(log.list({ limit: 10, subject: 'other' }), []);
    assert.deepEqual(log.verify(), { intact: true, entries: 2, head: second.hash });
  });

  it('keeps the program that somebody asked through, and takes an entry of before programs were told apart as it is', () => {
    const log = createAuditLog(database);
    assert.equal(log.append({ actor: { user: 'cyd', program: 'mlflow client' }, action: 'alias.set', subject: 'churn' }).program, 'mlflow client');
    const last = log.append({ actor: askedBy('cyd'), action: 'alias.set', subject: 'churn' });
    const old = { sequence: last.sequence + 1, at: last.at, actor: 'dan', action: 'alias.set', subject: 'churn', detail: '{}', previous_hash: last.hash };
    const content = canonicalJson([old.sequence, old.at, old.actor, old.action, old.subject, old.detail, old.previous_hash]);
    const hash = createHash('sha256').update('\0').update(content).digest('hex');
    database
      .prepare('INSERT INTO audit (sequence, at, actor, action, subject, detail, previous_hash, hash) VALUES (@sequence, @at, @actor, @action, @subject, @detail, @previous_hash, @hash)')
      .run({ ...old, hash });
    assert.ok(log.verify().intact);
    const [entry] = log.list({ limit: 1 });
    assert.deepEqual([entry?.actor, entry?.program], ['dan', undefined]);
  });

  it('is rolled back with the change that it records', () => {
    const log = createAuditLog(database);
    const before = log.count();
    assert.throws(() =>
      database.transaction(() => {
        log.append({ actor: askedBy('ann'), action: 'deploy.requested', subject: 'churn' });
        throw new Error('the change failed');
      })(),
    );
    assert.equal(log.count(), before);
    assert.ok(log.verify().intact);
  });

  it('cannot be changed or shortened by statements, and shows when the file was', () => {
    const log = createAuditLog(database);
    assert.throws(() => database.exec("UPDATE audit SET actor = 'eve'"), /append-only/);
    assert.throws(() => database.exec('DELETE FROM audit'), /append-only/);
    database.exec('DROP TRIGGER audit_is_not_changed');
    database.exec("UPDATE audit SET actor = 'eve' WHERE sequence = 1");
    assert.deepEqual(log.verify().brokenAt, 1);
  });
});
