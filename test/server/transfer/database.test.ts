import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { testPython } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';
import { ended, runId, writeMlruns } from './transferHome.ts';

describe('export to a database of MLflow', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-database-'));
  const points = 25_000;
  const file = path.join(folder, 'out', 'mlflow.db');
  let home: TestCompanionHome;
  let client: CompanionClient;

  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    const source = path.join(folder, 'mlruns');
    writeMlruns(source, [1, 2, 3, 4].map((number) => ({ id: runId(number), points })));
    const imported = await ended(client, await client.call('startTransfer', { direction: 'import', location: source }));
    assert.equal(imported.state, 'succeeded', imported.message);
  });
  after(async () => {
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (): Promise<Transfer> => client.call('startTransfer', { direction: 'export', location: file, python: testPython });
  const metricsOf = async (id: string): Promise<number> => (await client.call('getTransfer', { id })).progress.added.metrics;

  it('looks whether one can be made, and makes nothing', async () => {
    const preview = await client.call('previewTransfer', { direction: 'export', location: file, python: testPython });
    assert.deepEqual([preview.kind, preview.runs, preview.before], ['database', 4, undefined]);
    assert.ok(!existsSync(path.dirname(file)));
  });

  it('stops when cancelled, goes on after that and after kill -9, and loses and doubles nothing', async () => {
    const making = await start();
    await until(() => existsSync(path.dirname(file)));
    await client.call('cancelTransfer', { id: making.id });
    assert.equal((await ended(client, making)).state, 'cancelled');
    assert.deepEqual(readdirSync(path.dirname(file)), [], 'no half database is left');

    const cancelled = await start();
    await until(async () => (await metricsOf(cancelled.id)) > points);
    await client.call('cancelTransfer', { id: cancelled.id });
    assert.equal((await ended(client, cancelled)).state, 'cancelled');

    const killed = await start();
    await until(async () => (await metricsOf(killed.id)) > points);
    await home.kill(client);
    client = await home.start();
    const resumed = await ended(client, await start());
    assert.equal(resumed.id, making.id);
    assert.equal(resumed.state, 'succeeded', JSON.stringify(resumed));
    assert.deepEqual([resumed.report?.source.metrics, resumed.report?.target.metrics], [4 * points, 4 * points]);
    assert.ok((resumed.report?.added.metrics ?? 0) < 3 * points, 'what was there was not carried again');

    const other = openCompanionHome();
    try {
      const elsewhere = await other.start();
      const back = await ended(elsewhere, await elsewhere.call('startTransfer', { direction: 'import', location: file }));
      assert.equal(back.state, 'succeeded', JSON.stringify(back));
      assert.deepEqual(back.report?.source, resumed.report?.source);
    } finally {
      await other.close();
    }
  });
});
