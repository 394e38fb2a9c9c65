import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { AuditHead, AuditVerification } from '../../../server/contract/governance.ts';
import { readAuditKey, auditKeyFile } from '../../../server/governance/auditKey.ts';
import type { AuditLog } from '../../../server/governance/auditLog.ts';
import { countNamed, erasePerson } from '../../../server/governance/erasePerson.ts';
import { readKeptHeads } from '../../../server/governance/keptHeads.ts';
import { openAudit } from '../../../server/governance/openAudit.ts';
import { verifyAudit } from '../../../server/governance/verifyAudit.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { describeHome, type DataHome } from '../../../server/platform/home.ts';
import { askedBy } from '../../harness/askedBy.ts';

describe('a name that is taken out of the audit log', () => {
  let home: DataHome;
  let database: Database;
  let log: AuditLog;
  const verify = async (expected?: AuditHead): Promise<AuditVerification> => verifyAudit(database, readAuditKey(home), (await readKeptHeads(home, '', expected)).kept);
  const open = (): void => {
    ({ log } = openAudit(home, database));
  };
  const append = async (user: string, detail: Record<string, unknown> = {}): Promise<void> => {
    log.append({ actor: askedBy(user), action: 'alias.set', subject: 'churn', detail });
    await Promise.resolve();
  };

  beforeEach(async () => {
    home = describeHome(mkdtempSync(path.join(tmpdir(), 'slipway-audit-')));
    database = openDatabase(home.database);
    open();
    await append('joanna-b', { file: '/home/joanna-b/data.csv', by: ['joanna-b', 'joanna-bc', 'xjoanna-b'] });
    await append('bob', { reason: 'joanna-b asked for it' });
    await append('joanna-bc');
  });
  afterEach(() => {
    database.close();
    rmSync(home.root, { recursive: true, force: true });
  });

  it('is nowhere any more, in the files neither, and the chain and its heads stay', async () => {
    const before = log.head();
    assert.equal(countNamed(database, 'joanna-b'), 2);
    assert.deepEqual(erasePerson(database, log, 'joanna-b', askedBy('bob')), { entries: 2, as: 'erased-1' });
    await Promise.resolve();
    const entries = log.list({ limit: 10, after: 0 });
    assert.deepEqual(entries.map(({ actor }) => actor), ['erased-1', 'bob', 'joanna-bc', 'bob']);
    assert.deepEqual(entries[0]?.detail, { by: ['erased-1', 'joanna-bc', 'xjoanna-b'], file: '/home/erased-1/data.csv' });
    assert.deepEqual(entries[1]?.detail, { reason: 'erased-1 asked for it' });
    for (const file of [home.database, `${home.database}-wal`]) {
      assert.doesNotMatch(readFileSync(file, 'latin1').replaceAll(/(joanna-bc|xjoanna-b)/g, ''), /joanna-b/, file);
    }
    const { intact, notes } = await verify(before);
    assert.deepEqual([intact, /^Entry 4: bob took a name out/.test(notes.join())], [true, true]);
    assert.throws(() => database.exec("UPDATE audit SET actor = 'eve'"), /append-only/);
  });

  it('hides nothing that is changed afterwards, in those entries neither', async () => {
    erasePerson(database, log, 'joanna-b', askedBy('bob'));
    await Promise.resolve();
    database.exec('DROP TRIGGER audit_is_not_changed');
    for (const [sequence, column] of [[1, 'actor'], [2, 'detail'], [3, 'actor'], [4, 'detail']] as const) {
      database.exec(`SAVEPOINT before; UPDATE audit SET ${column} = '{"eve":1}' WHERE sequence = ${sequence}`);
      const { problems } = await verify();
      assert.ok(problems.some(({ message }) => message.includes(`${sequence}`)), `${sequence}: ${JSON.stringify(problems)}`);
      database.exec('ROLLBACK TO before');
    }
    assert.equal((await verify()).intact, true);
  });

  it('may be that of who erased another, and is taken out by themselves', async () => {
    erasePerson(database, log, 'joanna-b', askedBy('bob'));
    assert.deepEqual(erasePerson(database, log, 'bob', askedBy('bob')), { entries: 2, as: 'erased-2' });
    await append('cleo');
    assert.deepEqual(log.list({ limit: 10, after: 0 }).map(({ actor }) => actor), ['erased-1', 'erased-2', 'joanna-bc', 'erased-2', 'erased-2', 'cleo']);
    assert.equal((await verify()).intact, true);
    open();
    assert.equal((await verify()).intact, true);
  });

  it('is taken out of entries of a key that is gone as well, which stay sealed', async () => {
    rmSync(auditKeyFile(home));
    open();
    assert.equal((await verify()).intact, true);
    erasePerson(database, log, 'joanna-b', askedBy('bob'));
    await Promise.resolve();
    assert.deepEqual((await verify()).problems, []);
    database.exec("DROP TRIGGER audit_is_not_changed; UPDATE audit SET actor = 'eve' WHERE sequence = 3");
    assert.equal((await verify()).intact, false);
  });

  it('is asked for by a name that the log has', () => {
    assert.throws(() => erasePerson(database, log, 'nobody', askedBy('bob')), { reason: 'not-found', field: 'person' });
  });
});
