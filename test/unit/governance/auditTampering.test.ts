import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { writeHead, type AuditHead, type AuditVerification } from '../../../server/contract/governance.ts';
import { hashOf, type AuditRow } from '../../../server/governance/auditChain.ts';
import { auditKeyFile, readAuditKey } from '../../../server/governance/auditKey.ts';
import { readKeptHead } from '../../../server/governance/auditHead.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { readKeptHeads } from '../../../server/governance/keptHeads.ts';
import { openAudit } from '../../../server/governance/openAudit.ts';
import { verifyAudit } from '../../../server/governance/verifyAudit.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { describeHome, type DataHome } from '../../../server/platform/home.ts';
import { askedBy } from '../../harness/askedBy.ts';

/** Of what an attacker has who can write to the database: no trigger holds them. */
const triggers = 'DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_deleted;';

describe('an audit log that somebody has changed', () => {
  let home: DataHome;
  let database: Database;
  let log: AuditLog;
  let heads: AuditHead[];
  const own = (): NonNullable<ReturnType<typeof readAuditKey>> => {
    const key = readAuditKey(home);
    assert.ok(key !== undefined);
    return key;
  };
  /** As a companion that starts. */
  const open = (): AuditLog => {
    const opened = openAudit(home, database, { kept: (head) => heads.push(head) });
    log = opened.log;
    return log;
  };
  const append = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      log.append({ actor: askedBy('ann'), action: 'alias.set', subject: 'churn', detail: { to: index } });
      await Promise.resolve();
    }
  };
  const verify = async (more: { copy?: string; expected?: AuditHead } = {}): Promise<AuditVerification> => {
    const { kept, problems, notes } = await readKeptHeads(home, more.copy ?? '', more.expected);
    const found = await verifyAudit(database, readAuditKey(home), kept);
    return { ...found, problems: [...found.problems, ...problems], notes: [...found.notes, ...notes] };
  };
  const kinds = async (more: { copy?: string; expected?: AuditHead } = {}): Promise<string[]> => (await verify(more)).problems.map(({ kind }) => kind);
  const rows = (): AuditRow[] => database.prepare<[], AuditRow>('SELECT * FROM audit ORDER BY sequence').all();
  /** Writes the log from an entry on as somebody would who wants it to fit together. */
  const writeAnew = (from: number, change: (row: AuditRow) => Partial<AuditRow>, hash: (row: AuditRow) => string): void => {
    const all = rows();
    let previous = all[from - 2]?.hash ?? '0'.repeat(64);
    for (const row of all.slice(from - 1)) {
      const changed = { ...row, ...change(row), previous_hash: previous };
      previous = hash(changed);
      database
        .prepare('UPDATE audit SET actor = @actor, detail = @detail, previous_hash = @previous_hash, hash = @hash, key_id = @key_id WHERE sequence = @sequence')
        .run({ ...changed, hash: previous });
    }
  };

  beforeEach(async () => {
    home = describeHome(mkdtempSync(path.join(tmpdir(), 'slipway-audit-')));
    database = openDatabase(home.database);
    heads = [];
    open();
    await append(5);
    assert.deepEqual(await kinds(), []);
    database.exec(triggers);
  });
  afterEach(() => {
    database.close();
    rmSync(home.root, { recursive: true, force: true });
  });

  it('says which entries are not as they were written', async () => {
    database.exec("UPDATE audit SET actor = 'eve' WHERE sequence = 2");
    const found = await verify();
    assert.deepEqual([found.problems.map(({ kind, message }) => [kind, message]), found.brokenAt], [[['changed', 'Entry 2 is not as it was written.']], 2]);
    assert.match(found.problems[0]?.remedy ?? '', /slipway restore/);
  });

  for (const [column, value] of Object.entries({ at: 7, actor: 'eve', program: 'notebook', action: 'alias.deleted', subject: 'other', detail: '{"to":9}', previous_hash: 'f'.repeat(64), hash: 'f'.repeat(64), key_id: 'f'.repeat(16) })) {
    it(`tells a changed ${column}, in the first entry, one in the middle and the last`, async () => {
      for (const sequence of [1, 3, 5]) {
        database.exec('SAVEPOINT before');
        database.prepare(`UPDATE audit SET ${column} = ? WHERE sequence = ?`).run(value, sequence);
        const { intact, problems } = await verify();
        assert.ok(!intact && problems.some(({ message }) => new RegExp(`\\b(${sequence}|${sequence + 1})\\b`).test(message)), `${column} of ${sequence}: ${JSON.stringify(problems)}`);
        database.exec('ROLLBACK TO before');
      }
    });
  }

  it('tells entries that changed places', async () => {
    database.exec('UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 99');
    const [problem] = (await verify()).problems;
    assert.deepEqual([problem?.kind, problem?.message.startsWith('Entries 2, 3')], ['changed', true]);
  });

  it('says that the end was cut off, also when the log has gone on since', async () => {
    database.exec('DELETE FROM audit WHERE sequence > 3');
    const [problem] = (await verify()).problems;
    assert.equal(problem?.kind, 'cut');
    assert.match(problem.message, /ends with entry 3; .*audit\.head has a head of 5 entries, so that 2 are cut off/);
    open();
    await append(1);
    assert.deepEqual(await kinds(), ['cut']);
    await append(4);
    assert.deepEqual([log.count(), await kinds(), readKeptHead(home)], [8, ['replaced'], heads[4]]);
  });

  it('says that the log was emptied', async () => {
    database.exec('DELETE FROM audit');
    const [problem] = (await verify()).problems;
    assert.deepEqual([problem?.kind, /has a head of 5 entries/.test(problem?.message ?? '')], ['emptied', true]);
    open();
    assert.deepEqual(await kinds(), ['emptied']);
  });

  it('says that entries are missing', async () => {
    database.exec('DELETE FROM audit WHERE sequence IN (2, 3)');
    assert.deepEqual((await verify()).problems.map(({ kind, message }) => [kind, message]), [['removed', 'Entries 2 to 3 are missing.']]);
  });

  for (const [how, key] of [['as before there was a key', null], ['under the name of the key', 'own']] as const) {
    it(`says that the chain was computed anew without the key, ${how}`, async () => {
      writeAnew(2, () => ({ actor: 'eve', key_id: key === null ? null : own().id }), (row) => hashOf(row, undefined));
      const { problems } = await verify();
      assert.deepEqual(problems.map(({ kind, message }) => [kind, message.includes('From entry 2 on')]), [['recomputed', true], ['replaced', false]]);
    });
  }

  it('says that all of it was computed anew as if there had never been a key', async () => {
    writeAnew(1, () => ({ actor: 'eve', key_id: null }), (row) => hashOf(row, undefined));
    assert.deepEqual(await kinds(), ['replaced']);
    open();
    const found = await verify();
    assert.deepEqual(found.problems.map(({ kind }) => kind), ['replaced']);
  });

  it('says by a head that was kept elsewhere that something wrote it anew that has the key', async () => {
    const copy = path.join(home.root, 'elsewhere.txt');
    writeFileSync(copy, `${heads.map((head) => `2026-11-30T00:00:00Z ${writeHead(head)}\n`).join('')}2026-11-30T00:`);
    assert.deepEqual(await kinds({ copy }), []);
    writeAnew(2, () => ({ actor: 'eve' }), (row) => hashOf(row, own()));
    writeFileSync(home.auditHead, readFileSync(home.auditHead, 'utf8').replace(/5:[0-9a-f]+/, writeHead(log.head())));
    assert.deepEqual(await kinds(), []);
    assert.deepEqual([...new Set(await kinds({ copy }))], ['replaced']);
    const [, second] = heads;
    assert.deepEqual(await kinds({ expected: second ?? log.head() }), ['replaced']);
    assert.deepEqual(await kinds({ expected: heads[0] ?? log.head() }), []);
    assert.deepEqual(await kinds({ expected: { count: 9, digest: 'a'.repeat(64), restores: 0 } }), ['cut']);
  });

  it('says that the head is gone or is none, and does not make another', async () => {
    writeFileSync(home.auditHead, '{}');
    assert.deepEqual(await kinds(), ['head-unreadable']);
    rmSync(home.auditHead);
    open();
    await append(1);
    assert.deepEqual(await kinds(), ['head-missing']);
  });

  it('is told from one that a crash overtook between the database and the head', async () => {
    // A process that ends here has written its entries and not the head.
    const crashed = createAuditLog(database, own());
    crashed.append({ actor: askedBy('ann'), action: 'alias.set', subject: 'churn' });
    crashed.append({ actor: askedBy('ann'), action: 'alias.deleted', subject: 'churn' });
    assert.deepEqual([readKeptHead(home), await kinds()], [heads[4], []]);
    open();
    assert.deepEqual([readKeptHead(home), await kinds()], [crashed.head(), []]);
  });

  it('gets no head for entries that its key has not sealed', async () => {
    const before = readKeptHead(home);
    const [last] = rows().slice(-1);
    assert.ok(last !== undefined);
    const forged = { ...last, sequence: 6, actor: 'eve', previous_hash: last.hash };
    database
      .prepare('INSERT INTO audit (sequence, at, actor, program, action, subject, detail, previous_hash, hash, key_id) VALUES (@sequence, @at, @actor, @program, @action, @subject, @detail, @previous_hash, @hash, @key_id)')
      .run({ ...forged, hash: hashOf(forged, undefined) });
    open();
    assert.deepEqual([readKeptHead(home), await kinds()], [before, ['changed']]);
  });

  it('says that its key is gone, and goes on with another that has sealed what was there', async () => {
    rmSync(auditKeyFile(home));
    assert.deepEqual(await kinds(), ['other-key']);
    open();
    await append(1);
    const { problems, notes } = await verify();
    assert.deepEqual([problems, notes.length, /^The first 5 entries were written with a key that is gone; entry 6 has sealed them/.test(notes[0] ?? '')], [[], 1, true]);
    database.exec("UPDATE audit SET actor = 'eve' WHERE sequence = 2");
    assert.deepEqual((await verify()).problems.map(({ kind, message }) => [kind, message]), [
      ['changed', 'What is before entry 6 is not what that entry sealed.'],
      ['other-key', 'Entries 1, 2, 3, 4, 5 were written with another key than the one of this data home.'],
    ]);
  });
});

describe('an audit log of before it had a key', () => {
  let home: DataHome;
  let database: Database;
  beforeEach(() => {
    home = describeHome(mkdtempSync(path.join(tmpdir(), 'slipway-audit-')));
    database = openDatabase(home.database);
    let previous = '0'.repeat(64);
    for (const [index, program] of [null, null, 'editor'].entries()) {
      const row = { sequence: index + 1, at: 1, actor: 'ann', program, action: 'alias.set', subject: 'churn', detail: '{}', previous_hash: previous, key_id: null };
      previous = hashOf(row, undefined);
      database
        .prepare('INSERT INTO audit (sequence, at, actor, program, action, subject, detail, previous_hash, hash) VALUES (@sequence, @at, @actor, @program, @action, @subject, @detail, @previous_hash, @hash)')
        .run({ sequence: row.sequence, at: 1, actor: 'ann', program, action: row.action, subject: 'churn', detail: '{}', previous_hash: row.previous_hash, hash: previous });
    }
  });
  afterEach(() => {
    database.close();
    rmSync(home.root, { recursive: true, force: true });
  });
  const verify = async (): Promise<AuditVerification> => verifyAudit(database, readAuditKey(home), (await readKeptHeads(home, '')).kept);

  it('is verified once and sealed by an entry', async () => {
    openAudit(home, database);
    const { log } = openAudit(home, database);
    assert.deepEqual([log.count(), log.list({ limit: 1 })[0]?.action], [4, 'audit.sealed']);
    const found = await verify();
    assert.deepEqual([found.problems, found.notes.length, found.notes[0]?.startsWith('The first 3 entries are of before')], [[], 1, true]);
    assert.deepEqual(readKeptHead(home), log.head());
    database.exec(`${triggers} UPDATE audit SET actor = 'eve' WHERE sequence = 2`);
    assert.deepEqual((await verify()).problems.map(({ message }) => message), ['Entry 2 is not as it was written.']);
  });

  it('keeps in that entry what was wrong with it', async () => {
    database.exec(`${triggers} UPDATE audit SET actor = 'eve' WHERE sequence = 2`);
    openAudit(home, database);
    const { problems, notes } = await verify();
    assert.deepEqual([problems, notes.map((note) => note.includes('What was wrong then: entry 2 was not as it was written.'))], [[], [true]]);
  });
});
