import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';

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
    const first = log.append({ actor: 'ann', action: 'alias.set', subject: 'churn', detail: { to: 2, from: 1 } });
    const second = log.append({ actor: 'bob', action: 'deploy.requested', subject: 'churn' });
    assert.equal(second.previousHash, first.hash);
    assert.deepEqual(log.list({ limit: 10 }), [second, first]);
    assert.deepEqual(log.list({ limit: 10, before: second.sequence }), [first]);
    assert.deepEqual(log.list({ limit: 10, subject: 'other' }), []);
    assert.deepEqual(log.verify(), { intact: true, entries: 2, head: second.hash });
  });

  it('is rolled back with the change that it records', () => {
    const log = createAuditLog(database);
    const before = log.count();
    assert.throws(() =>
      database.transaction(() => {
        log.append({ actor: 'ann', action: 'deploy.requested', subject: 'churn' });
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
