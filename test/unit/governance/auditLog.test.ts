import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { verifyAudit } from '../../../server/governance/verifyAudit.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { askedBy } from '../../harness/askedBy.ts';

describe('the audit log', () => {
  const key = auditKeyOf(randomBytes(32));
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

  it('chains its entries and lists the newest first', async () => {
    const log = createAuditLog(database, key);
    const first = log.append({ actor: askedBy('ann'), action: 'alias.set', subject: 'churn', detail: { to: 2, from: 1 } });
    const second = log.append({ actor: { user: 'bob', program: 'mlflow client' }, action: 'deploy.requested', subject: 'churn' });
    assert.equal(second.previousHash, first.hash);
    assert.equal(second.program, 'mlflow client');
    assert.deepEqual(log.list({ limit: 10 }), [second, first]);
    assert.deepEqual(log.list({ limit: 10, before: second.sequence }), [first]);
    assert.deepEqual(log.list({ limit: 10, subject: 'other' }), []);
    assert.deepEqual(log.head(), { count: 2, digest: second.hash, restores: 0 });
    assert.deepEqual(await verifyAudit(database, key, []), { intact: true, entries: 2, head: second.hash, restores: 0, problems: [], notes: [] });
  });

  it('is rolled back with the change that it records', async () => {
    const log = createAuditLog(database, key);
    const before = log.head();
    assert.throws(() =>
      database.transaction(() => {
        log.append({ actor: askedBy('ann'), action: 'deploy.requested', subject: 'churn' });
        throw new Error('the change failed');
      })(),
    );
    assert.deepEqual(log.head(), before);
    assert.ok((await verifyAudit(database, key, [])).intact);
  });

  it('cannot be changed or shortened by statements', () => {
    assert.throws(() => database.exec("UPDATE audit SET actor = 'eve'"), /append-only/);
    assert.throws(() => database.exec('DELETE FROM audit'), /append-only/);
  });
});
