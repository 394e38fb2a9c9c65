import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import type { TransferReport } from '../../../server/contract/transfer.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { createJobs, type Jobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { migrationsFolder } from '../../../server/platform/resources.ts';
import { createFindings, noCounts } from '../../../server/transfer/carry/findings.ts';
import { createTransferItems } from '../../../server/transfer/transferItems.ts';
import { createTransferJobs, type TransferJobs, type TransferRequest } from '../../../server/transfer/transferJobs.ts';
import type { TransferThreads } from '../../../server/transfer/transferThreads.ts';

const whole: TransferReport = createFindings().report();
const partial: TransferReport = { ...whole, differences: [{ kind: 'run', id: 'r', message: 'is missing' }] };
const asked: TransferRequest = {
  direction: 'import',
  location: 'http://someone:hidden@host/mlflow',
  artifacts: 'http://other:hidden@elsewhere',
  follow: false,
  verify: 'digests',
  credentials: { token: 'hidden' },
  pythons: [],
  caller: { user: 'ada', program: 'command line' },
};

describe('transfers', () => {
  let folder = '';
  let database: Database;
  let jobs: Jobs;
  let transfers: TransferJobs;
  /** What the thread of a transfer does. */
  let carry: TransferThreads['carry'] = () => Promise.resolve(whole);
  let told: string[] = [];
  let noticed = (): void => undefined;

  const open = (): void => {
    database = openDatabase(path.join(folder, 'slipway.db'));
    jobs = createJobs({ database, log: silentLog });
    transfers = createTransferJobs({
      database,
      jobs,
      audit: createAuditLog(database, auditKeyOf(randomBytes(32))),
      threads: { carry: (...given) => carry(...given), look: () => assert.fail(), close: () => Promise.resolve() },
      own: { home: '', database: '', blobs: '' },
      publish(event) {
        told.push(event.topic);
        noticed();
      },
    });
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-transfers-'));
    carry = () => Promise.resolve(whole);
    told = [];
    noticed = () => undefined;
    open();
  });
  afterEach(async () => {
    await jobs.stop();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const startAgain = async (): Promise<void> => {
    await jobs.stop();
    database.close();
    open();
    jobs.start();
  };
  /** Resolves once nothing runs. */
  const ended = async (): Promise<void> => {
    while (transfers.running()) {
      await new Promise<void>((resolve) => {
        noticed = resolve;
      });
    }
  };
  /** A thread that says how far it is and then waits for its end. */
  const waiting = (): Promise<void> =>
    new Promise((begun) => {
      carry = (_data, signal, listener) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          listener.progress({ phase: 'models', message: 'a model', runs: 3, added: { ...noCounts(), runs: 2 } });
          begun();
        });
    });

  it('are given what they need, and nothing of it is stored that could be a secret', async () => {
    jobs.start();
    let given: unknown;
    carry = (data) => {
      given = data;
      return Promise.resolve(partial);
    };
    const started = transfers.begin(asked);
    assert.deepEqual([started.state, started.phase, started.location], ['running', 'start', 'http://host/mlflow']);
    await ended();
    const { caller, ...request } = asked;
    assert.deepEqual(given, { ...request, id: started.id, user: caller.user, home: '', database: '', blobs: '' });
    const [found] = transfers.list();
    assert.deepEqual([found?.state, found?.phase, found?.message, found?.report], ['incomplete', 'end', '0 in conflict, 1 missing or different: see the report.', partial]);
    const tables = ['transfers', 'jobs', 'audit'].map((name) => database.prepare(`SELECT * FROM ${name}`).all());
    assert.deepEqual(tables.map(({ length }) => length), [1, 1, 1]);
    assert.ok(!JSON.stringify(tables).includes('hidden'), JSON.stringify(tables));
    assert.ok(JSON.stringify(tables).includes('transfer.imported'));
  });

  it('go on in their row, and look again at what was carried once they had come to their end', async () => {
    jobs.start();
    const items = (id: string): ReturnType<typeof createTransferItems> => createTransferItems(database, id);
    carry = ({ id }) => {
      items(id).put('run', 'source', 'target', 'uri');
      items(id).setDone('run', 'source');
      return Promise.reject(new Problem('unavailable', 'It is away.'));
    };
    const { id } = transfers.begin(asked);
    await ended();
    assert.deepEqual([transfers.find(id).state, transfers.find(id).message], ['failed', 'It is away.']);
    carry = () => Promise.resolve(whole);
    assert.equal(transfers.begin(asked).id, id);
    assert.equal(items(id).find('run', 'source')?.done, true);
    await ended();
    assert.equal(transfers.find(id).state, 'succeeded');
    transfers.begin(asked);
    assert.deepEqual([transfers.find(id).report, items(id).find('run', 'source')], [undefined, { targetId: 'target', uri: 'uri', points: 0, done: false }]);
    await ended();
    assert.equal(database.prepare('SELECT id FROM jobs').all().length, 1, 'one job is kept of each transfer');
  });

  it('run once at a time for a location, and stop when they are cancelled', async () => {
    jobs.start();
    const begun = waiting();
    const { id } = transfers.begin(asked);
    await begun;
    assert.throws(() => transfers.begin(asked), { reason: 'conflict', remedy: new RegExp(id) });
    const running = transfers.find(id);
    assert.deepEqual([running.state, running.phase, running.message, running.progress.runs, running.progress.added.runs], ['running', 'models', 'a model', 3, 2]);
    transfers.cancel(id);
    await ended();
    assert.deepEqual([transfers.find(id).state, transfers.find(id).message], ['cancelled', 'Cancelled. What was carried stays; start it again to go on.']);
    assert.equal(told.at(-1), 'transfer');
  });

  it('that the end of the companion interrupts say so and begin again when they are asked for', async () => {
    jobs.start();
    const begun = waiting();
    const { id } = transfers.begin(asked);
    await begun;
    await startAgain();
    const interrupted = transfers.find(id);
    assert.deepEqual([interrupted.state, interrupted.phase, interrupted.message], ['interrupted', 'models', 'The companion ended; start it again to go on.']);
    assert.equal(transfers.running(), false);
    carry = () => Promise.resolve(whole);
    assert.equal(transfers.begin(asked).id, id);
    await ended();
    assert.equal(transfers.find(id).state, 'succeeded');
  });

  it('that a crash interrupted say so, and those that it left unbegun too', async () => {
    const { id } = transfers.begin(asked);
    const other = transfers.begin({ ...asked, direction: 'export' });
    database.prepare(`UPDATE jobs SET state = 'running' WHERE key = ?`).run(id);
    await startAgain();
    while (transfers.find(other.id).state === 'running') {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(transfers.find(id).state, 'interrupted');
    assert.deepEqual([transfers.find(other.id).state, transfers.find(other.id).message], ['failed', 'The companion ended before it began; start it again.']);
  });

  it('of an older version are shown as they were', async () => {
    await jobs.stop();
    database.close();
    rmSync(path.join(folder, 'slipway.db'));
    const before = new SqliteDatabase(path.join(folder, 'slipway.db'));
    const files = readdirSync(migrationsFolder).sort();
    const ours = files.findIndex((file) => file.endsWith('-transfer-jobs.sql'));
    files.slice(0, ours).forEach((file) => before.exec(readFileSync(path.join(migrationsFolder, file), 'utf8')));
    before.pragma(`user_version = ${Number.parseInt(files[ours - 1] ?? '', 10)}`);
    const insert = before.prepare(
      `INSERT INTO transfers (id, direction, location, state, phase, message, started_at, ended_at, progress, report) VALUES (?, 'import', ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const progress = JSON.stringify({ runs: 7, totalRuns: 9, added: { ...noCounts(), metrics: 5 } });
    const states = [
      ['succeeded', 'end', 'all', whole],
      ['incomplete', 'end', 'some', partial],
      ['failed', 'end', 'It was away.', undefined],
      ['cancelled', 'end', 'cancelled', undefined],
      ['interrupted', 'links', 'ended', undefined],
      ['running', 'runs', 'a run', undefined],
    ] as const;
    states.forEach(([state, phase, message, report], index) =>
      insert.run(state, `/${state}`, state, phase, message, 100 + index, state === 'running' ? null : 200 + index, progress, report === undefined ? null : JSON.stringify(report)),
    );
    before.prepare(`INSERT INTO transfer_items (transfer, kind, source_id, target_id, uri, points, done) VALUES ('failed', 'run', 'source', 'target', 'uri', 12, 1)`).run();
    before.close();

    open();
    jobs.start();
    const listed = transfers.list().reverse();
    assert.deepEqual(
      listed.map(({ id, state, phase, message, startedAt, endedAt, report }) => ({ id, state, phase, message, startedAt, endedAt, report })),
      [
        { id: 'succeeded', state: 'succeeded', phase: 'end', message: 'Everything that the source holds is in the target.', startedAt: 100, endedAt: 200, report: whole },
        { id: 'incomplete', state: 'incomplete', phase: 'end', message: '0 in conflict, 1 missing or different: see the report.', startedAt: 101, endedAt: 201, report: partial },
        { id: 'failed', state: 'failed', phase: 'end', message: 'It was away.', startedAt: 102, endedAt: 202, report: undefined },
        { id: 'cancelled', state: 'cancelled', phase: 'end', message: 'Cancelled. What was carried stays; start it again to go on.', startedAt: 103, endedAt: 203, report: undefined },
        { id: 'interrupted', state: 'interrupted', phase: 'links', message: 'The companion ended; start it again to go on.', startedAt: 104, endedAt: 204, report: undefined },
        { id: 'running', state: 'interrupted', phase: 'runs', message: 'The companion ended; start it again to go on.', startedAt: 105, endedAt: 105, report: undefined },
      ],
    );
    assert.deepEqual(listed[2]?.progress, { runs: 7, totalRuns: 9, added: { ...noCounts(), metrics: 5 } });
    assert.deepEqual(createTransferItems(database, 'failed').find('run', 'source'), { targetId: 'target', uri: 'uri', points: 12, done: true });
  });
});
