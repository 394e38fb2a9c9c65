import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { writeHead, type AuditHead } from '../../../server/contract/governance.ts';
import { readKeptHead } from '../../../server/governance/auditHead.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { commandLine, type CommandLine, type Ended } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

/** Ends itself by SIGKILL when its entry is in the database, and before it can write the head. */
const killedInBetween = `
const [governance, platform, root] = process.argv.slice(1);
const { openAudit } = await import(governance + '/openAudit.ts');
const { openDatabase } = await import(platform + '/database/database.ts');
const { describeHome } = await import(platform + '/home.ts');
const home = describeHome(root);
const { log } = openAudit(home, openDatabase(home.database));
log.append({ actor: { user: 'ann', program: 'other' }, action: 'model.created', subject: 'killed' });
process.kill(process.pid, 'SIGKILL');
`;

describe('the head of the audit log', () => {
  const outside = mkdtempSync(path.join(tmpdir(), 'slipway-heads-'));
  const copy = path.join(outside, 'heads.txt');
  let home: TestCompanionHome;
  let client: CompanionClient;
  let slipway: CommandLine;
  before(async () => {
    home = openCompanionHome();
    slipway = commandLine(home.root);
    client = await home.start();
  });
  after(async () => {
    await home.close();
    rmSync(outside, { recursive: true, force: true });
  });

  const kept = (): AuditHead => {
    const head = readKeptHead(describeHome(home.root));
    assert.ok(typeof head !== 'string');
    return head;
  };
  const createModel = async (name: string): Promise<AuditHead> => {
    await mlflowCalls(client).post('registered-models/create', { name });
    // It is there before the answer is.
    return kept();
  };
  const verify = (...more: string[]): Promise<Ended> => slipway.run(['audit', '--verify', ...more]);
  const cut = (sequence: number): void => {
    const database = new SqliteDatabase(describeHome(home.root).database);
    database.exec(`DROP TRIGGER IF EXISTS audit_is_not_deleted; DELETE FROM audit WHERE sequence > ${sequence}`);
    database.close();
  };

  it('is kept beside the database with each entry, and where the user says', async () => {
    await createModel('one');
    await client.call('changeSettings', { auditHeadCopy: copy });
    const second = await createModel('two');
    assert.equal(second.count, 3);
    await until(() => readFileSync(copy, 'utf8').includes(writeHead(second)));
    const { code, stdout } = await verify('--expect', readFileSync(copy, 'utf8'));
    assert.equal(code, 0, stdout);
    assert.ok(stdout.includes(`intact 3 entries, head ${writeHead(second)}`), stdout);
    const other = await verify('--expect', `3:${'0'.repeat(64)}`);
    assert.deepEqual([other.code, /Entry 3 is not the one that --expect has/.test(other.stdout)], [1, true]);
    assert.equal((await verify('--expect', 'nonsense')).code, 2);
  });

  it('is that of a log which is written as JSON Lines and CSV, whole or in part', async () => {
    const files = [path.join(outside, 'audit.jsonl'), path.join(outside, 'audit.csv')] as const;
    assert.equal((await slipway.run(['audit', '--export', files[0]])).code, 0);
    assert.deepEqual((await slipway.json(['audit', '--export', files[1], '--subject', 'two', '--from', '2020-01-01'])).value, { entries: 1, file: files[1] });
    const entries = readFileSync(files[0], 'utf8').trimEnd().split('\n').map((line) => z.object({ hash: z.string(), previousHash: z.string(), sequence: z.number() }).parse(JSON.parse(line)));
    assert.deepEqual([entries.map(({ sequence }) => sequence), entries[2]?.hash, entries[2]?.previousHash], [[1, 2, 3], kept().digest, entries[1]?.hash]);
    assert.match(readFileSync(files[1], 'utf8'), /^sequence,at,.*\r\n3,20\S+Z,.*,model\.created,two,/);
    assert.equal((await slipway.run(['audit', '--export', path.join(outside, 'audit.xls')])).code, 2);
    const { stdout } = await slipway.run(['audit', '--export', '-', '--until', '2020-01-01']);
    assert.equal(stdout, '');
  });

  it('lags behind where a process was killed in between, and is brought up', async () => {
    await home.end();
    const server = new URL('../../../server/', import.meta.url).pathname;
    const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', killedInBetween, `${server}governance`, `${server}platform`, home.root], { encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', stderr);
    assert.equal(kept().count, 3);
    client = await home.start();
    assert.equal(kept().count, 4);
    const found = await client.call('verifyAudit', {});
    assert.deepEqual([found.intact, found.entries, found.problems], [true, 4, []]);
    await until(() => readFileSync(copy, 'utf8').includes(writeHead(kept())));
  });

  it('shows that the end was cut off: in the check, in the status and to the doctor', async () => {
    await home.end();
    cut(1);
    client = await home.start();
    await createModel('after the cut');
    const { code, stdout } = await verify();
    assert.equal(code, 1);
    assert.match(stdout, /audit\.head has a head of 4 entries/);
    assert.match(stdout, /slipway restore/);
    await until(async () => (await client.call('getStatus', {})).notices.some((notice) => /Audit log: .*cut off/.test(notice)));
    const doctor = await slipway.run(['doctor']);
    assert.equal(doctor.code, 1);
    assert.match(doctor.stdout, /audit log.*has a head of 4 entries/s);
  });

  it('is given up by a restore, which is told as one and not as a log that was shortened', async () => {
    const backup = path.join(outside, 'backup.db');
    assert.equal((await slipway.run(['backup', backup])).code, 0);
    const given = kept();
    assert.equal((await slipway.run(['restore', backup])).code, 0);
    const { code, value } = await slipway.json(['audit', '--verify']);
    assert.equal(code, 0, JSON.stringify(value));
    const { notes, entries } = z.object({ notes: z.array(z.string()), entries: z.number() }).parse(value);
    assert.equal(entries, 3);
    assert.match(notes.join(' '), /Entry 3: \S+ put a backup with 2 entries in place/);
    assert.equal((await verify('--expect', writeHead(given))).code, 0);
    assert.equal(kept().count, 3);
    assert.match((await slipway.run(['doctor'])).stdout, /audit +the audit log against its key and heads +3 entries +ok/);

    client = await home.start();
    const after = await createModel('after the restore');
    assert.equal((await client.call('verifyAudit', {})).intact, true);
    await home.end();
    cut(3);
    client = await home.start();
    assert.deepEqual((await client.call('verifyAudit', { expect: writeHead(after) })).problems.map(({ kind }) => kind).slice(0, 1), ['cut']);
  });

  it('is taken up again where a restore was killed before it could write it', async () => {
    const backup = path.join(outside, 'again.db');
    assert.equal((await slipway.run(['backup', backup])).code, 0);
    const before = readFileSync(describeHome(home.root).auditHead);
    assert.equal((await slipway.run(['restore', backup])).code, 0);
    writeFileSync(describeHome(home.root).auditHead, before);
    client = await home.start();
    assert.equal((await client.call('verifyAudit', {})).intact, true);
    const database = openDatabase(describeHome(home.root).database, { readonly: true });
    assert.equal(database.prepare<[], { total: number }>('SELECT count(*) AS total FROM audit').get()?.total, kept().count);
    database.close();
  });
});
