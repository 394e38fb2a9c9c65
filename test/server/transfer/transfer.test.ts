import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';
import { ended, runId, writeMlruns } from './transferHome.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

describe('import and export', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-transfer-'));
  let home: TestCompanionHome;
  let client: CompanionClient;
  let source: string;

  beforeEach(async () => {
    home = openCompanionHome();
    client = await home.start();
    source = mkdtempSync(path.join(folder, 'mlruns-'));
  });
  afterEach(() => home.close());
  after(() => rmSync(folder, { recursive: true, force: true }));

  const importIt = async (): ReturnType<typeof ended> => ended(client, await client.call('startTransfer', { direction: 'import', location: source }));

  it('goes on after kill -9 and loses and doubles nothing', async () => {
    const points = 40_000;
    writeMlruns(source, [1, 2, 3, 4].map((number) => ({ id: runId(number), points })));
    const started = await client.call('startTransfer', { direction: 'import', location: source });
    await until(async () => (await client.call('getTransfer', { id: started.id })).progress.added.metrics > points);
    await home.kill(client);
    client = await home.start();
    assert.equal((await client.call('getTransfer', { id: started.id })).state, 'interrupted');
    const { runs } = await client.call('listRuns', {});
    assert.ok(runs.length > 0 && runs.length < 4, `${runs.length} runs were there after the kill`);
    const resumed = await importIt();
    assert.equal(resumed.id, started.id);
    assert.equal(resumed.state, 'succeeded', resumed.message);
    assert.equal(resumed.report?.source.metrics, 4 * points);
    assert.equal(resumed.report.target.metrics, 4 * points);
    assert.ok(resumed.report.added.metrics < 3 * points, 'what was there was not carried again');
    const { series } = await client.call('getMetricSeries', { runIds: [1, 2, 3, 4].map(runId), keys: ['loss'] });
    assert.deepEqual(series.map(({ total }) => total), [points, points, points, points]);
  });

  it('stops when it is cancelled and goes on when it is started again', async () => {
    writeMlruns(source, [1, 2, 3].map((number) => ({ id: runId(number), points: 40_000 })));
    const started = await client.call('startTransfer', { direction: 'import', location: source });
    await assert.rejects(
      client.call('startTransfer', { direction: 'import', location: source }),
      (error) => CallFailure.is(error) && error.reason === 'conflict',
    );
    await until(async () => (await client.call('getTransfer', { id: started.id })).progress.added.metrics > 0);
    await client.call('cancelTransfer', { id: started.id });
    assert.equal((await ended(client, started)).state, 'cancelled');
    const resumed = await importIt();
    assert.equal(resumed.state, 'succeeded', resumed.message);
    assert.equal(resumed.report?.target.metrics, 120_000);
  });

  it('leaves a file alone that has other content, and says so', async () => {
    writeMlruns(source, [{ id: runId(1), points: 1 }], 'one content');
    assert.equal((await importIt()).state, 'succeeded');
    writeMlruns(source, [{ id: runId(1), points: 1 }], 'two content');
    const again = await importIt();
    assert.equal(again.state, 'incomplete');
    assert.deepEqual(again.report?.differences, [{ kind: 'artifact', id: `${runId(1)}/file.txt`, message: 'has another sha256' }]);
    assert.equal(again.report.added.artifacts, 0);
  });

  it('leaves a file behind that it cannot keep or read, says why, and carries the rest', async () => {
    writeMlruns(source, [1, 2].map((number) => ({ id: runId(number), points: 1 })));
    const artifacts = path.join(source, '77', runId(1), 'artifacts');
    for (const name of ['a#b.txt', 'back\\slash.txt', 'z.txt']) {
      writeFileSync(path.join(artifacts, name), name);
    }
    const imported = await importIt();
    assert.equal(imported.state, 'incomplete');
    assert.deepEqual(imported.report?.conflicts.map(({ id, message }) => `${id.slice(33)}: ${message}`), [
      'a#b.txt: the target does not take a file of this name (Invalid path): left where it is',
      'back\\slash.txt: the target does not take a file of this name (Invalid path): left where it is',
    ]);
    assert.deepEqual([imported.report.differences, imported.report.source.artifacts, imported.report.target.artifacts], [[], 5, 3]);
    rmSync(path.join(home.root, 'blobs'), { recursive: true });
    const exported = await ended(client, await client.call('startTransfer', { direction: 'export', location: path.join(folder, 'without contents') }));
    assert.equal(exported.report?.conflicts.length, 3);
    assert.match(exported.report.conflicts[0]?.message ?? '', /^it is not there any more: left where it is$/);
    assert.equal(exported.report.target.runs, 2);
  });

  it('brings a store through a folder into another data home with every id', async () => {
    writeMlruns(source, [1, 2].map((number) => ({ id: runId(number), points: 10 })));
    await importIt();
    const target = path.join(folder, 'exported');
    const exported = await ended(client, await client.call('startTransfer', { direction: 'export', location: target }));
    assert.equal(exported.state, 'succeeded', JSON.stringify(exported.report));
    const other = openCompanionHome();
    try {
      const elsewhere = await other.start();
      const imported = await ended(elsewhere, await elsewhere.call('startTransfer', { direction: 'import', location: target }));
      assert.equal(imported.state, 'succeeded', JSON.stringify(imported.report));
      const ids = async (from: CompanionClient): Promise<string[]> => (await from.call('listRuns', {})).runs.map((run) => run.runId).sort();
      assert.deepEqual(await ids(elsewhere), await ids(client));
      assert.deepEqual(imported.report?.target, exported.report?.source);
    } finally {
      await other.close();
    }
  });

  it('writes no file outside of an exported folder, whatever a tag is called', async () => {
    const mlflow = mlflowCalls(client);
    const outside = path.join(folder, 'outside');
    const tags = ['../../../../outside', outside, '..', 'plain'].map((key) => ({ key, value: 'v' }));
    await mlflow.post('runs/create', { experiment_id: '0', tags });
    await mlflow.post('logged-models', { experiment_id: '0', name: 'model', tags, params: tags });
    const target = path.join(folder, 'exported-tags');
    const exported = await ended(client, await client.call('startTransfer', { direction: 'export', location: target }));
    assert.equal(exported.state, 'incomplete');
    assert.match(JSON.stringify(exported.report?.differences), /tag \\".*outside\\" is missing/);
    const written = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(written.filter((file) => file.endsWith('outside')), []);
    assert.equal(written.filter((file) => file.endsWith(path.join('tags', 'plain'))).length, 2);
  });

  it('reads a server that wants a login, and says so when the login is wrong', async () => {
    writeMlruns(source, [1, 2, 3].map((number) => ({ id: runId(number), points: 30 })));
    const filled = await importIt();
    const other = openCompanionHome();
    try {
      const elsewhere = await other.start();
      const from = (credentials: { token: string }): Promise<Transfer> =>
        elsewhere.call('startTransfer', { direction: 'import', location: client.baseUrl, credentials });
      const refused = await ended(elsewhere, await from({ token: 'wrong' }));
      assert.equal(refused.state, 'failed');
      assert.match(refused.message, /refuses the login.*MLFLOW_TRACKING_TOKEN/);
      const imported = await ended(elsewhere, await from({ token: client.lock.token }));
      assert.equal(imported.state, 'succeeded', JSON.stringify(imported));
      assert.deepEqual(imported.report?.target, filled.report?.target && { ...filled.report.target, experiments: 2 });
    } finally {
      await other.close();
    }
  });

  it('counts before it carries, on both sides', async () => {
    writeMlruns(source, [1, 2, 3].map((number) => ({ id: runId(number), points: 1 })));
    const preview = await client.call('previewTransfer', { direction: 'import', location: source });
    assert.deepEqual(preview, { location: source, kind: 'folder', experiments: 1, runs: 3, registeredModels: 0, versions: 0, complete: true, notes: [], artifactsElsewhere: false });
    assert.deepEqual((await client.call('listRuns', {})).runs, [], 'nothing was carried');
    await importIt();
    const target = path.join(folder, 'previewed');
    const exported = await client.call('previewTransfer', { direction: 'export', location: target });
    assert.deepEqual([exported.experiments, exported.runs, exported.before], [2, 3, undefined]);
    const again = await client.call('previewTransfer', { direction: 'import', location: source });
    assert.equal(again.before?.state, 'succeeded');
    const server = await client.call('previewTransfer', { direction: 'import', location: client.baseUrl, credentials: { token: client.lock.token } });
    assert.deepEqual([server.kind, server.experiments, server.runs], ['server', 2, 3]);
    const preview401 = client.call('previewTransfer', { direction: 'import', location: client.baseUrl, credentials: { token: 'wrong' } });
    await assert.rejects(preview401, { reason: 'forbidden' });
    await assert.rejects(client.call('previewTransfer', { direction: 'import', location: path.join(folder, 'nowhere') }), { reason: 'not-found' });
  });

  it('says what is wrong with a source', async () => {
    const failed = async (location: string): Promise<string> =>
      (await ended(client, await client.call('startTransfer', { direction: 'import', location }))).message;
    assert.match(await failed(path.join(folder, 'nowhere')), /There is no .*nowhere/);
    assert.match(await failed(source), /is no folder of MLflow.*mlflow\.db/);
    const file = path.join(source, 'notes.db');
    writeFileSync(file, 'no database');
    assert.match(await failed(file), /notes\.db is not a SQLite database\. Name an mlflow\.db/);
    assert.match(await failed(path.join(file, 'below', 'mlflow.db')), /There is no .*below/);
    for (const name of ['startTransfer', 'previewTransfer'] as const) {
      await assert.rejects(client.call(name, { direction: 'export', location: path.join(file, 'below') }), { field: 'location', message: /^location: .*notes\.db\S* cannot be used: a part of its path is a file\./ });
    }
    await assert.rejects(client.call('startTransfer', { direction: 'export', location: path.join(folder, 'new.db'), artifacts: path.join(file, 'below') }), { field: 'artifacts', message: /a part of its path is a file/ });
    const page = createServer((_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const address = page.address();
    assert.ok(address !== null && typeof address !== 'string');
    assert.match(await failed(`http://127.0.0.1:${address.port}`), /answered 404: a page, not the JSON of MLflow.*MLFLOW_TRACKING_URI/);
    page.close();
    await assert.rejects(client.call('startTransfer', { direction: 'import', location: 'postgresql://host/db' }), /no SQLite file, folder or http URL/);
  });

  it('keeps the credentials of a URL out of what it stores', async () => {
    const started = await client.call('startTransfer', { direction: 'import', location: 'http://someone:secret@127.0.0.1:9/mlflow' });
    assert.equal(started.location, 'http://127.0.0.1:9/mlflow');
    await client.call('cancelTransfer', { id: started.id });
    assert.equal((await ended(client, started)).state, 'cancelled');
    assert.ok(!JSON.stringify(await client.call('listTransfers', {})).includes('secret'));
  });
});
