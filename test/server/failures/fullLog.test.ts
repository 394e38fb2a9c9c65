import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createInferenceLog, type InferenceLog } from '../../../server/gateway/inferenceLog.ts';
import { inferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { gapLine } from '../../../server/gateway/logLosses.ts';
import { openLossReserve } from '../../../server/gateway/lossReserve.ts';
import { listSegments } from '../../../server/gateway/segments.ts';
import { monitoring as monitoringSchema, type Monitoring } from '../../../server/contract/monitoring.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { predict } from '../deployments/endpointHome.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';
import { mountSmallDisk, type SmallDisk } from './smallDisk.ts';

/** Undefined for what is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

describe('the inference log on a full disk', () => {
  const disk = mountSmallDisk(4);
  const skip = typeof disk === 'string' ? disk : false;
  const small = (): SmallDisk => {
    assert.ok(typeof disk !== 'string');
    return disk;
  };
  afterEach(() => typeof disk === 'string' || small().free());
  after(() => typeof disk === 'string' || small().close());

  const open = (folder: string): InferenceLog => {
    mkdirSync(path.join(small().root, folder), { recursive: true });
    return createInferenceLog(path.join(small().root, folder), { bodySampleRate: 1, bodyBytes: 1000 }, openLossReserve(path.join(small().root, folder, 'losses.json')));
  };
  const append = (log: InferenceLog, count: number, at: number): void => {
    for (let index = 0; index < count; index += 1) {
      const body = Buffer.from('{"dataframe_records": []}');
      log.append('churn', {
        id: `r-${index}`, at, release: 'a'.repeat(64), version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 1,
        requestBytes: body.length, responseBytes: body.length, contentType: 'application/json', requestHead: body, responseHead: body,
      }, () => undefined);
    }
    log.flush();
  };
  const lines = async (folder: string): Promise<{ records: number; missing: number }> => {
    const segments = await listSegments(path.join(small().root, folder, 'churn'));
    const read = segments.flatMap(({ file }) => readFileSync(file, 'utf8').split('\n').slice(0, -1)).map(parsed);
    return {
      records: read.filter((line) => inferenceRecord.safeParse(line).success).length,
      missing: read.reduce<number>((sum, line) => sum + (gapLine.safeParse(line).data?.gap.requests ?? 0), 0),
    };
  };

  it('has each request as a record or as one that is missing, also where the disk took a part of a line', { skip }, async () => {
    const log = open('torn');
    append(log, 1, 60_000);
    small().fill();
    append(log, 100, 61_000);
    const { written, dropped, losses } = log.status();
    assert.equal(written + dropped, 101);
    assert.ok(written > 1 && dropped > 50, `${written} written, ${dropped} lost: the disk was to take a part`);
    assert.deepEqual(losses.map(({ endpoint, from, to, requests, failure, open: isOpen }) => [endpoint, from, to, requests, failure, isOpen]), [['churn', 61_000, 61_000, dropped, 'the disk is full', true]]);
    append(log, 10, 122_000);
    small().free();
    append(log, 5, 123_000);
    assert.deepEqual(await lines('torn'), { records: written + 5, missing: dropped + 10 });
    assert.deepEqual(log.status().losses.map(({ from, to, requests, open: isOpen, gaps }) => [from, to, requests, isOpen, gaps]), [[61_000, 122_000, dropped + 10, false, []]]);
    log.close();
  });

  it('says by itself what is missing as soon as there is room', { skip }, async () => {
    const log = open('alone');
    small().fill();
    append(log, 7, 1);
    small().free();
    await until(async () => (await lines('alone')).missing === 7);
    log.close();
  });

  it('says what is missing also after the gateway was killed meanwhile', { skip }, async () => {
    const killed = open('killed');
    append(killed, 1, 1);
    small().fill();
    append(killed, 40, 2);
    const { dropped } = killed.status();
    const next = open('killed');
    assert.deepEqual(next.status().losses.map(({ requests, open: isOpen }) => [requests, isOpen]), [[dropped, true]]);
    append(next, 2, 3);
    small().free();
    next.flush();
    assert.equal((await lines('killed')).missing, dropped + 2);
    next.close();
    assert.deepEqual(openLossReserve(path.join(small().root, 'killed', 'losses.json')).left, []);
  });
});

describe('an endpoint whose log finds the disk full', () => {
  let home: PreparedHome;
  let slipway: CommandLine;
  let disk: SmallDisk | string = 'not mounted';
  before(async () => {
    home = await openPreparedHome({ SLIPWAY_TIMING: JSON.stringify({ gatewayCheck: 250 }) });
    const log = path.join(home.root, 'inference');
    mkdirSync(log);
    disk = mountSmallDisk(2, log);
    slipway = commandLine(home.root);
    await home.start();
    const rollout = await home.deploy({ name: 'churn', model: 'rule', version: home.versions.steady });
    assert.equal(rollout.state, 'succeeded', rollout.message);
  });
  after(async () => {
    await home.end();
    if (typeof disk !== 'string') {
      disk.close();
    }
    await home.close();
  });

  const shown = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await slipway.run(words);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const monitored = async (): Promise<Monitoring> => monitoringSchema.parse((await slipway.json(['monitor', 'churn'])).value);
  const companionLog = (): string => readFileSync(path.join(home.root, 'logs', 'companion.log'), 'utf8');
  const send = async (count: number): Promise<void> => {
    const { url } = await home.endpoint('churn');
    for (let index = 0; index < count; index += 1) {
      assert.equal((await predict(url)).status, 200);
    }
  };

  it('goes on serving, and says everywhere what is not logged, while it lasts and afterwards', async (test) => {
    if (typeof disk === 'string') {
      test.skip(disk);
      return;
    }
    await send(5);
    disk.fill();
    await send(40);
    const losing = await home.endpoint('churn', ({ logLoss }) => logLoss?.open === true);
    const lost = (await monitored()).total.lost?.requests ?? 0;
    assert.ok(lost > 0 && lost <= 40, String(lost));
    assert.equal(losing.state, 'degraded');
    assert.match(losing.message, /answered and not logged: the disk is full/);
    assert.match(await shown('endpoints'), new RegExp(`churn +degraded[\\s\\S]*churn: Requests are answered and not logged since .*: the disk is full\\. Free some space`));
    assert.match(await shown('endpoints', 'churn'), /log +Requests are answered and not logged since/);
    assert.match(await shown('status'), /Endpoint churn: Requests are answered and not logged since/);
    assert.match(await shown('monitor', 'churn'), new RegExp(`not in the log +${lost} requests, answered from .* to .*, in no other figure here, and it goes on: the disk is full`));
    assert.match(companionLog(), /endpoint churn: requests are answered and not logged: the disk is full/);

    disk.free();
    const logged = await home.endpoint('churn', ({ logLoss }) => logLoss?.open === false);
    assert.deepEqual([logged.state, logged.logLoss?.requests], ['live', lost]);
    assert.match(await shown('endpoints'), new RegExp(`churn +live[\\s\\S]*churn: ${lost} requests from .* to .* were answered and are not in the log \\(the disk is full\\)`));
    assert.match(await shown('status'), new RegExp(`Endpoint churn: ${lost} requests from`));
    await until(() => new RegExp(`endpoint churn: requests are logged again; ${lost} requests from .* to`).test(companionLog()));
    await send(1);
    const { total, windows, log } = await monitored();
    assert.deepEqual([total.requests + (total.lost?.requests ?? 0), total.lost?.requests, log.dropped, log.failure], [46, lost, lost, undefined]);
    assert.equal(windows.reduce((sum, window) => sum + (window.lost?.requests ?? 0), 0), lost);
    assert.match(await shown('monitor', 'churn'), new RegExp(`not in the log +${lost} requests, answered from .* to .*, in no other figure here\n`));
  });

  it('has lost as much after its gateway was killed on the full disk', async (test) => {
    if (typeof disk === 'string') {
      test.skip(disk);
      return;
    }
    const before = (await monitored()).total;
    disk.fill();
    await send(40);
    const gateway = readGatewayLock(describeHome(home.root))?.pid ?? assert.fail();
    process.kill(gateway, 'SIGKILL');
    disk.free();
    await until(() => (readGatewayLock(describeHome(home.root))?.pid ?? gateway) !== gateway);
    await until(async () => {
      const { total } = await monitored();
      return total.requests + (total.lost?.requests ?? 0) === before.requests + (before.lost?.requests ?? 0) + 40 && (total.lost?.requests ?? 0) > (before.lost?.requests ?? 0);
    });
    assert.equal((await home.endpoint('churn', ({ logLoss }) => logLoss?.open === false)).state, 'live');
  });
});
