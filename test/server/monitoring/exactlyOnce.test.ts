import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import type { InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { segmentName } from '../../../server/gateway/segments.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { createIngest } from '../../../server/monitoring/windows/ingest.ts';
import { createProfiles } from '../../../server/monitoring/windows/profiles.ts';
import { createRollUp } from '../../../server/monitoring/windows/rollUp.ts';
import { tidy } from '../../../server/monitoring/windows/retention.ts';
import { createWindowTable } from '../../../server/monitoring/windows/windowTable.ts';
import { predict, releaseA, routeOver } from '../gateway/harness.ts';
import { startReplica, type TestReplica } from '../gateway/replica.ts';
import { churnSignature, openTestMonitoring, releaseOf, type TestMonitoring } from './harness.ts';

const ingestProcess = path.join(path.dirname(fileURLToPath(import.meta.url)), 'ingestProcess.ts');
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function recordAt(at: number, more: Partial<InferenceRecord> = {}): string {
  const request = JSON.stringify({ dataframe_records: [{ age: 30, charges: 1, contract: 'monthly' }] });
  const response = JSON.stringify({ predictions: [1] });
  const record: InferenceRecord = {
    v: 1, id: `r-${at}`, at, release: releaseA, version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 1500,
    requestBytes: request.length, responseBytes: response.length, contentType: 'application/json', request, response, truncated: false, sampled: true, ...more,
  };
  return JSON.stringify(record);
}

describe('each logged request is counted once', () => {
  let monitored: TestMonitoring;
  let replica: TestReplica;
  before(async () => {
    monitored = await openTestMonitoring();
    replica = await startReplica('r');
    monitored.releases.set(releaseA, releaseOf(releaseA, churnSignature));
  });
  after(async () => {
    await monitored.close();
    await replica.close();
  });

  /** A folder of segments as a gateway leaves them. */
  const folderOf = (endpoint: string): string => {
    monitored.live.set(endpoint, releaseA);
    const folder = path.join(monitored.test.home.inference, endpoint);
    mkdirSync(folder, { recursive: true });
    return folder;
  };

  it('while the process that counts is killed again and again', async () => {
    monitored.live.set('killed', releaseA);
    await monitored.test.route('killed', routeOver([releaseA, 100, [replica]]));
    const url = monitored.test.control.url('killed');
    let going = true;
    let sent = 0;
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (going) {
          assert.equal((await predict(url)).status, 200);
          sent += 1;
        }
      }),
    );
    await monitored.stop();
    const gatewayPid = readGatewayLock(monitored.test.home)?.pid;
    for (let round = 0; round < 6; round += 1) {
      const child = fork(ingestProcess, [monitored.test.home.root], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
      await pause(round * 40);
      child.kill('SIGKILL');
      await ended;
    }
    await monitored.start();
    going = false;
    await load;
    assert.equal(readGatewayLock(monitored.test.home)?.pid, gatewayPid);
    const { total, log } = await monitored.getMonitoring('killed');
    assert.equal(total.requests, sent);
    assert.equal(log.unreadBytes, 0);
    await monitored.stop();
    await monitored.start();
    assert.equal((await monitored.getMonitoring('killed')).total.requests, sent);
  });

  it('when two processes read the log at once', async () => {
    const folder = folderOf('twice');
    const child = fork(ingestProcess, [monitored.test.home.root], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const now = Date.now();
    const file = path.join(folder, segmentName(now, 0));
    for (let round = 0; round < 40; round += 1) {
      appendFileSync(file, `${Array.from({ length: 25 }, (_, index) => recordAt(now, { id: `${round}-${index}` })).join('\n')}\n`);
      await monitored.getMonitoring('twice');
      await pause(25);
    }
    child.kill('SIGKILL');
    await ended;
    assert.equal((await monitored.getMonitoring('twice')).total.requests, 1000);
  });

  it('when a line was cut by a crash, and when it is completed later', async () => {
    const folder = folderOf('cut');
    const now = Date.now();
    const [first, second, third] = [recordAt(now), recordAt(now + 1), recordAt(now + 2)];
    const crashed = path.join(folder, segmentName(now, 0));
    writeFileSync(crashed, `${first}\n${second.slice(0, 100)}`);
    writeFileSync(path.join(folder, segmentName(now + 1, 0)), `${third}\n`);
    const before = await monitored.getMonitoring('cut');
    assert.equal(before.total.requests, 2);
    assert.equal(before.log.unreadBytes, 100);
    assert.deepEqual((await monitored.listRequests('cut')).map(({ requestId }) => requestId), [`r-${now + 2}`, `r-${now}`]);
    appendFileSync(crashed, `${second.slice(100)}\nnot a record\n`);
    const afterwards = await monitored.getMonitoring('cut');
    assert.deepEqual([afterwards.total.requests, afterwards.log.unreadBytes], [3, 0]);
  });

  it('also when minutes are merged into hours and segments are deleted', async () => {
    const folder = folderOf('old');
    const day = 86_400_000;
    const hour = 3_600_000;
    const now = Math.floor(Date.now() / day) * day;
    const old = now - 4 * day;
    const lines = Array.from({ length: 90 }, (_, minute) => recordAt(old + minute * 60_000, { latencyUs: 1000 * (minute + 1) }));
    writeFileSync(path.join(folder, segmentName(old, 0)), `${lines.join('\n')}\n`);
    const span = { from: String(old), to: String(old + 2 * hour), windows: '2' };
    const before = await monitored.getMonitoring('old', span);
    assert.deepEqual(before.windows.map(({ requests }) => requests), [60, 30]);

    const database = openDatabase(monitored.test.home.database);
    const windows = createWindowTable(database);
    const ingest = createIngest(monitored.test.home.inference, database, windows, createProfiles(database, () => Promise.resolve(undefined)));
    const stored = (): unknown => database.prepare("SELECT count(*) AS count FROM monitoring_windows JOIN monitoring_series ON id = series WHERE endpoint = 'old'").get();
    assert.deepEqual(stored(), { count: 90 });
    await tidy(monitored.test.home.inference, ingest, createRollUp(database), 3, now);
    // Two hours, and their day.
    assert.deepEqual(stored(), { count: 3 });
    assert.deepEqual(readdirSync(folder), []);
    database.close();

    const { windows: hours, total, features } = await monitored.getMonitoring('old', span);
    assert.deepEqual(hours, before.windows);
    assert.deepEqual(total, before.total);
    assert.deepEqual(features, before.features);
  });

  it('and bodies outside of the kept sample leave the log, after they were counted', async () => {
    const folder = folderOf('sampled');
    const startedAt = Date.now() - 3 * 3_600_000;
    const lines = Array.from({ length: 10 }, (_, index) => recordAt(startedAt + index, { sampled: index % 5 === 0 }));
    const file = path.join(folder, segmentName(startedAt, 0));
    writeFileSync(file, `${lines.join('\n')}\n`);
    const span = { from: String(startedAt), to: String(startedAt + 60_000) };
    assert.equal((await monitored.getMonitoring('sampled', span)).total.rows, 10);
    const database = openDatabase(monitored.test.home.database);
    const windows = createWindowTable(database);
    const ingest = createIngest(monitored.test.home.inference, database, windows, createProfiles(database, () => Promise.resolve(undefined)));
    const size = statSync(file).size;
    await tidy(monitored.test.home.inference, ingest, createRollUp(database), 30);
    database.close();
    assert.ok(statSync(file).size < size);
    assert.equal(readFileSync(file, 'utf8').split('\n').filter((line) => line.includes('dataframe_records')).length, 2);
    await monitored.stop();
    await monitored.start();
    const { total, features, log } = await monitored.getMonitoring('sampled', span);
    const live = features[0]?.live;
    assert.ok(live?.kind === 'numeric' || live?.kind === 'categorical');
    assert.deepEqual([total.requests, total.rows, live.count, log.unreadBytes], [10, 10, 10, 0]);
  });
});
