import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { createBatchSchedules, type AskedSchedule, type BatchSchedules } from '../../../server/deployments/batches/batchSchedules.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { createEventHub } from '../../../server/platform/http/events.ts';
import { createJobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';

const ada = { user: 'ada', program: 'test' };
const minute = 60_000;
const asked: AskedSchedule = { endpoint: 'churn', inputs: ['/data/rows.csv'], out: '/data/out-{time}.csv', keep: [], overwrite: false, schedule: '*/10 * * * *' };

/** Schedules over a database, each time by a companion of its own, at a time that the test sets. */
function companions(context: TestContext, fails: () => boolean = () => false) {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-schedules-'));
  const database = openDatabase(path.join(folder, 'slipway.db'));
  context.after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const begun: { out: string; id: string }[] = [];
  let now = Date.UTC(2026, 10, 30, 12, 3);
  const audit = createAuditLog(database, auditKeyOf(randomBytes(32)));
  const start = async <T>(work: (schedules: BatchSchedules) => T): Promise<T> => {
    const jobs = createJobs({ database, log: silentLog, now: () => now });
    const schedules = createBatchSchedules({
      context: { database, jobs, events: createEventHub() },
      audit,
      now: () => now,
      begin: ({ out }, id) => (fails() ? Promise.reject(new Problem('invalid-input', 'inputs: there is no file.')) : Promise.resolve(begun.push({ out, id }))),
    });
    const idle = jobs.register({ kind: 'none', payload: z.null(), retry: { firstMilliseconds: 1, mostMilliseconds: 1 }, run: () => Promise.resolve() });
    jobs.start();
    // A queue of nothing tells when all kinds are idle.
    await idle.idle();
    const result = work(schedules);
    await jobs.stop();
    return result;
  };
  return { start, begun, noted: () => audit.list({ limit: 10 }).map(({ action }) => action), pass: (milliseconds: number) => { now += milliseconds; }, now: () => now };
}

describe('a schedule of batches', () => {
  it('begins one at each of its times, whoever runs then, and makes up for missed ones once', async (context) => {
    const { start, begun, pass, now } = companions(context);
    const { id, nextAt } = await start((schedules) => schedules.add(asked, ada));
    assert.equal(nextAt, now() + 7 * minute);
    await start(() => undefined);
    assert.equal(begun.length, 0);
    pass(8 * minute);
    const [first] = await start((schedules) => schedules.list('churn'));
    assert.equal(begun.length, 1);
    assert.match(begun[0]?.out ?? '', /^\/data\/out-\d{8}T\d{4}\.csv$/);
    assert.deepEqual([first?.id, first?.last?.batch, first?.nextAt], [id, begun[0]?.id, now() + 9 * minute]);
    pass(24 * 60 * minute);
    await start(() => undefined);
    await start(() => undefined);
    assert.equal(begun.length, 2);
  });

  it('goes on after a time at which it could not begin, and says why', async (context) => {
    let fails = true;
    const { start, begun, noted, pass } = companions(context, () => fails);
    await start((schedules) => schedules.add(asked, ada));
    pass(8 * minute);
    const [failed] = await start((schedules) => schedules.list(undefined));
    assert.deepEqual([failed?.last?.failure, failed?.last?.batch], ['inputs: there is no file.', undefined]);
    fails = false;
    pass(10 * minute);
    const [next] = await start((schedules) => schedules.list(undefined));
    assert.deepEqual([begun.length, next?.last?.failure], [1, undefined]);
    assert.deepEqual(noted(), ['batch.not-begun', 'batch.scheduled']);
  });

  it('begins nothing while it is paused, and nothing that was missed then', async (context) => {
    const { start, begun, pass, now } = companions(context);
    const { id } = await start((schedules) => schedules.add(asked, ada));
    const paused = await start((schedules) => schedules.pause(id, ada));
    assert.deepEqual([paused.paused, paused.nextAt], [true, undefined]);
    pass(60 * minute);
    assert.equal(await start((schedules) => schedules.wanted()), false);
    const resumed = await start((schedules) => schedules.resume(id, ada));
    assert.deepEqual([resumed.nextAt, begun], [now() + 7 * minute, []]);
    await start((schedules) => schedules.remove(id, ada));
    pass(60 * minute);
    assert.deepEqual([await start((schedules) => schedules.list(undefined)), begun], [[], []]);
    await assert.rejects(start((schedules) => schedules.pause(id, ada)), /There is no schedule/);
  });

  it('is refused where it is none, and where each time would write the same file', async (context) => {
    const { start } = companions(context);
    for (const [change, field] of [[{ schedule: '0 3 * *' }, 'schedule'], [{ timeZone: 'Nowhere' }, 'timeZone'], [{ out: '/data/out.csv' }, 'out']] as const) {
      await assert.rejects(start((schedules) => schedules.add({ ...asked, ...change }, ada)), (error) => Problem.is(error) && error.field === field);
    }
  });
});
