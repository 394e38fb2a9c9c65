import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { z } from 'zod';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { until } from '../../harness/until.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { ended, runId as idOfRun, writeMlruns } from '../transfer/transferHome.ts';
import { mountSmallDisk, type SmallDisk } from './smallDisk.ts';

const disk = mountSmallDisk(40);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

describe('a full disk', { skip: typeof disk === 'string' ? disk : false }, () => {
  let home: string;
  let slipway: CommandLine;
  let client: CompanionClient;
  const small = (): SmallDisk => {
    assert.ok(typeof disk !== 'string');
    return disk;
  };
  before(async () => {
    home = path.join(small().root, 'home');
    slipway = commandLine(home);
    await start();
  });
  afterEach(() => small().free());
  after(async () => {
    await slipway.run(['stop', '--endpoints']);
    small().close();
  });

  const start = async (): Promise<void> => {
    const { code, stderr } = await slipway.run(['serve']);
    assert.equal(code, 0, stderr);
    const lock = await discoverCompanion(home);
    assert.ok(lock !== undefined);
    client = createCompanionClient(lock);
  };
  const ask = async (method: string, route: string, body?: string | Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const answer = await fetch(`${client.baseUrl}/api/2.0/${route}`, {
      method,
      headers: { authorization: `Bearer ${client.lock.token}`, 'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream' },
      body: body ?? null,
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const createRun = (name: string): Promise<Answer> => ask('POST', 'mlflow/runs/create', JSON.stringify({ experiment_id: '0', run_name: name, start_time: Date.now() }));
  const idOf = ({ body }: Answer): string => z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(body).run.info.run_id;
  const logMetric = (runId: string, step: number): Promise<Answer> =>
    ask('POST', 'mlflow/runs/log-metric', JSON.stringify({ run_id: runId, key: 'loss', value: step, timestamp: Date.now(), step }));

  it('refuses what it cannot keep with 507 and a remedy, keeps all that it acknowledged, and goes on once there is room', async () => {
    const runId = idOf(await createRun('before'));
    small().fill();
    let acknowledged = 0;
    let refused: Answer | undefined;
    // What SQLite has in hand may still have room for some.
    for (let step = 0; step < 20_000 && refused === undefined; step += 1) {
      const answer = await logMetric(runId, step);
      if (answer.status === 200) {
        acknowledged += 1;
      } else {
        refused = answer;
      }
    }
    assert.equal(refused?.status, 507, JSON.stringify(refused));
    assert.match(JSON.stringify(refused?.body), /RESOURCE_EXHAUSTED.*disk.*is full.*Free some space/);

    process.kill(client.lock.pid, 'SIGKILL');
    await until(() => !isAlive(client.lock.pid));
    small().free();
    await start();
    const history = await ask('GET', `mlflow/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=25000`);
    const { metrics } = z.object({ metrics: z.array(z.object({ step: z.coerce.number() })).default([]) }).parse(history.body);
    assert.deepEqual(metrics.map(({ step }) => step).sort((a, b) => a - b), Array.from({ length: acknowledged }, (_, step) => step));
    assert.equal((await logMetric(runId, acknowledged)).status, 200);
  });

  it('leaves no part of an artifact that it could not keep', async () => {
    const runId = idOf(await createRun('artifacts'));
    const put = (name: string, bytes: number): Promise<Answer> => ask('PUT', `mlflow-artifacts/artifacts/0/${runId}/artifacts/${name}`, new Uint8Array(bytes).fill(7));
    assert.equal((await put('kept.bin', 100_000)).status, 200);
    small().fill();
    const refused = await put('lost.bin', 5_000_000);
    assert.equal(refused.status, 507, JSON.stringify(refused));
    small().free();
    const listed = JSON.stringify((await ask('GET', `mlflow-artifacts/artifacts?path=0/${runId}/artifacts`)).body);
    assert.match(listed, /kept\.bin/);
    assert.doesNotMatch(listed, /lost\.bin/);
    assert.equal((await put('lost.bin', 5_000_000)).status, 200);
  });

  it('is told by the command line in one message with a remedy, with 5', async () => {
    small().fill();
    const refused = await fillUntilRefused(slipway);
    assert.equal(refused.code, 5, refused.stderr);
    assert.match(refused.stderr, /^error The disk that holds the data home is full; nothing was written\.\nFree some space, then try again\.\n$/);
    const { code, value } = await slipway.json(['runs']);
    assert.equal(code, 0, 'what was written before can still be read');
    assert.match(JSON.stringify(value), /"before"/);
  });

  it('fails a deploy before anything is written, in one message with a remedy', async () => {
    const runId = idOf(await createRun('model'));
    await ask('PUT', `mlflow-artifacts/artifacts/0/${runId}/artifacts/model/MLmodel`, new TextEncoder().encode('flavors: {}\n'));
    await ask('POST', 'mlflow/registered-models/create', JSON.stringify({ name: 'tiny' }));
    const version = JSON.stringify({ name: 'tiny', source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
    assert.equal((await ask('POST', 'mlflow/model-versions/create', version)).status, 200);
    const { code, stdout } = await slipway.run(['deploy', 'tiny', '--target', 'process']);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^failed preflight: The disk that holds the data home has [\d.]+ [kM]?B left; a release needs at least 256 MB\. Free some space, then try again\.\n$/);
    assert.deepEqual(readdirSync(path.join(home, 'releases')), []);
    await slipway.run(['delete-endpoint', 'tiny', '--even-if-busy']);
  });

  it('ends an import that it has no room for, with a remedy, and lets it go on once there is room', async () => {
    const source = mkdtempSync(path.join(tmpdir(), 'slipway-source-'));
    const taken = path.join(small().root, 'taken');
    try {
      writeMlruns(source, [1, 2].map((number) => ({ id: idOfRun(number), points: 10 })), 'x'.repeat(10 << 20));
      const { bavail, bsize } = statfsSync(small().root);
      writeFileSync(taken, Buffer.alloc(bavail * bsize - (6 << 20)));
      const failed = await ended(client, await client.call('startTransfer', { direction: 'import', location: source }));
      assert.equal(failed.state, 'failed', JSON.stringify(failed));
      assert.match(failed.message, /disk.*is full.*Free some space/);
      rmSync(taken);
      const again = await ended(client, await client.call('startTransfer', { direction: 'import', location: source }));
      assert.deepEqual([again.id, again.state, again.report?.target.artifacts], [failed.id, 'succeeded', 2], JSON.stringify(again));
    } finally {
      rmSync(taken, { force: true });
      rmSync(source, { recursive: true });
    }
  });

  it('does not keep the companion from being stopped, and is told when one is started', async () => {
    small().fill();
    const stopped = await slipway.run(['stop']);
    assert.equal(stopped.code, 0, stopped.stderr);
    const refused = await slipway.run(['serve']);
    if (refused.code !== 0) {
      assert.equal(refused.code, 5);
      assert.match(refused.stderr, /disk.*full[\s\S]*Free some space/);
      assert.equal(refused.stderr.trimEnd().split('\n').length, 2);
    }
    small().free();
    await start();
    assert.match((await slipway.run(['runs'])).stdout, /before/);
  });
});

/** Makes ever new settings until one cannot be kept: a few may find room in what a file has taken already. */
async function fillUntilRefused(slipway: CommandLine): Promise<Awaited<ReturnType<CommandLine['run']>>> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const ended = await slipway.run(['config', `baseImage=${'x'.repeat(10_000)}:${attempt}`]);
    if (ended.code !== 0) {
      return ended;
    }
  }
  throw new Error('the disk never became full');
}
