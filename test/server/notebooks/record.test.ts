import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

type Execution = CallInput<'recordCell'>['execution'];
type Cell = CallInput<'recordNotebook'>['cells'][number];

/** The smallest pictures that are files of their kind. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const otherPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describe('what a captured run keeps', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let folder: string;
  let notebook: string;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-notebook-'));
    notebook = path.join(folder, 'train.ipynb');
    writeFileSync(notebook, '{}');
  });
  after(async () => {
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const execution = (cellId: string, more: Partial<Execution> = {}): Execution => ({
    cellId,
    cellIndex: 0,
    source: 'x = 1',
    startedAt: 1000,
    endedAt: 2000,
    success: true,
    ...more,
  });
  const text = (content: string, mime = 'text/plain'): NonNullable<Execution['outputs']>[number] => ({ mime, content, encoding: 'text' });
  const image = (content: string): NonNullable<Execution['outputs']>[number] => ({ mime: 'image/png', content, encoding: 'base64' });
  const start = async (): Promise<string> => (await client.call('startCapture', { notebook, workspace: folder })).runId;
  const get = (route: string): Promise<Response> => fetch(`${client.baseUrl}${route}`, { headers: { authorization: `Bearer ${client.lock.token}` } });
  const code = (cellId: string, source: string): Cell => ({ cellId, kind: 'code', source });

  it('holds no secret: not in sources, outputs, parameters or the notebook', async () => {
    const runId = await start();
    const secret = 'hunter2-do-not-keep';
    const source = `PASSWORD = "${secret}"\nrate = 0.5`;
    await client.call('recordNotebook', { runId, recordedAt: 900, cells: [code('p', source), { cellId: 'm', kind: 'markdown', source: `export TOKEN=${secret}` }] });
    await client.call('recordCell', {
      runId,
      execution: execution('p', {
        source,
        tags: ['parameters'],
        outputs: [
          text(`https://me:${secret}@host.example/`, 'application/vnd.code.notebook.stdout'),
          text(JSON.stringify({ name: 'E', message: `password="${secret}"`, stack: '' }), 'application/vnd.code.notebook.error'),
        ],
      }),
    });
    const capture = await client.call('getCapture', { runId });
    const asWas = await client.call('getCapturedNotebook', { runId });
    const run = await client.call('getRun', { runId });
    assert.ok(!JSON.stringify([capture, asWas, run]).includes(secret));
    assert.equal(capture.executions[0]?.source, `PASSWORD = "${mask}"\nrate = 0.5`);
    assert.deepEqual(capture.parameters, { PASSWORD: mask, rate: '0.5' });
  });

  it('knows a secret again where it stands without its name, in later cells too', async () => {
    const runId = await start();
    const secret = 'hunter2-do-not-keep';
    await client.call('recordCell', { runId, execution: execution('a', { source: `connect("${secret}")\npassword = "${secret}"`, outputs: [text(`<li>${secret}</li>`, 'text/html')] }) });
    await client.call('recordCell', { runId, execution: execution('b', { source: 'print(password)', outputs: [text(`${secret}\n`, 'application/vnd.code.notebook.stdout')] }) });
    await client.call('recordNotebook', { runId, recordedAt: 3000, cells: [code('c', `open_vault("${secret}")`)] });
    const capture = await client.call('getCapture', { runId });
    const asWas = await client.call('getCapturedNotebook', { runId });
    assert.ok(!JSON.stringify([capture, asWas]).includes(secret));
    assert.equal(capture.executions[1]?.outputs[0]?.content, `${mask}\n`);
  });

  it('masks the texts of a notebook as it masks what it keeps', async () => {
    const secret = 'hunter2-do-not-keep';
    const { texts } = await client.call('maskTexts', { texts: [`password = "${secret}"`, 'x = 1', `as ${secret}`] });
    assert.deepEqual(texts, [`password = "${mask}"`, 'x = 1', `as ${mask}`]);
  });

  it('holds figures as artifacts of the run, each once', async () => {
    const runId = await start();
    await client.call('recordCell', { runId, execution: execution('f', { cellIndex: 4, outputs: [image(png), text('<Figure>'), image(otherPng), text(svg, 'image/svg+xml')] }) });
    await client.call('recordCell', { runId, execution: execution('f', { cellIndex: 4, endedAt: 3000, outputs: [image(otherPng)] }) });
    const { executions } = await client.call('getCapture', { runId });
    assert.deepEqual(
      executions.map(({ outputs }) => outputs.map(({ artifact, content }) => artifact ?? content)),
      [['figures/cell-4-1.png', '<Figure>', 'figures/cell-4-2.png', 'figures/cell-4-3.svg'], ['figures/cell-4-2.png']],
    );
    const listed = await get(`/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=figures`);
    assert.deepEqual(((await listed.json()) as { files: { path: string }[] }).files.map((file) => file.path), [
      'figures/cell-4-1.png',
      'figures/cell-4-2.png',
      'figures/cell-4-3.svg',
    ]);
    const { experimentId } = await client.call('getRun', { runId });
    const stored = await get(`/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts/figures/cell-4-1.png`);
    assert.equal(Buffer.from(await stored.arrayBuffer()).toString('base64'), png);
  });

  it('holds the metrics that a cell tagged metrics shows, the later execution last', async () => {
    const runId = await start();
    for (const [at, accuracy] of [[2000, 0.8], [3000, 0.9]] as const) {
      await client.call('recordCell', {
        runId,
        execution: execution('m', { tags: ['metrics'], endedAt: at, outputs: [text(`{'accuracy': ${accuracy}, 'auc': 1.0}`), text('rows: 12\n', 'application/vnd.code.notebook.stdout')] }),
      });
    }
    await client.call('recordCell', { runId, execution: execution('other', { outputs: [text("{'ignored': 1}")] }) });
    assert.deepEqual((await client.call('getRun', { runId })).metrics, { accuracy: 0.9, auc: 1, rows: 12 });
  });

  it('holds the notebook as it was at each time, with the outputs of then', async () => {
    const runId = await start();
    const first = [code('a', 'x = 1'), { cellId: 't', kind: 'markdown', source: '# Title' } as const];
    const second = [code('b', 'y = 2'), ...first];
    const { digest } = await client.call('recordNotebook', { runId, recordedAt: 1000, cells: first });
    await client.call('recordCell', { runId, execution: execution('a', { startedAt: 1001, executionCount: 1, outputs: [text('one'), image(png)] }) });
    assert.equal((await client.call('recordNotebook', { runId, recordedAt: 1500, cells: first })).digest, digest);
    await client.call('recordNotebook', { runId, recordedAt: 2000, cells: second });
    await client.call('recordCell', { runId, execution: execution('b', { startedAt: 2001, success: false }) });
    const early = await client.call('getCapturedNotebook', { runId, at: 1500 });
    assert.equal(early.complete, true);
    assert.equal(early.recordedAt, 1000);
    assert.deepEqual(early.cells.map(({ cellId, kind, executed }) => [cellId, kind, executed]), [['a', 'code', true], ['t', 'markdown', false]]);
    assert.deepEqual(early.cells[0]?.outputs.map(({ content }) => content), ['one', png]);
    const last = await client.call('getCapturedNotebook', { runId });
    assert.deepEqual(last.cells.map(({ cellId }) => cellId), ['b', 'a', 't']);
  });

  it('tells the executed cells where the notebook itself was not recorded', async () => {
    const runId = await start();
    await client.call('recordCell', { runId, execution: execution('later', { cellIndex: 5, source: 'old' }) });
    await client.call('recordCell', { runId, execution: execution('first', { cellIndex: 2 }) });
    await client.call('recordCell', { runId, execution: execution('later', { cellIndex: 5, endedAt: 3000, source: 'new' }) });
    const known = await client.call('getCapturedNotebook', { runId });
    assert.equal(known.complete, false);
    assert.deepEqual(known.cells.map(({ cellId, source }) => [cellId, source]), [['first', 'x = 1'], ['later', 'new']]);
  });

  it('tells the history of one cell across runs, and each execution in full', async () => {
    const own = path.join(folder, 'history.ipynb');
    const runs: string[] = [];
    for (const round of [1, 2]) {
      const { runId } = await client.call('startCapture', { notebook: own, workspace: folder });
      runs.push(runId);
      await client.call('recordCell', { runId, execution: execution('other') });
      await client.call('recordCell', {
        runId,
        execution: execution('c', { source: `x = ${round}`, startedAt: round * 1000, endedAt: round * 1000 + 500, outputs: [text('\n\u001b[1mround\u001b[0m ' + String(round) + '\nmore', 'application/vnd.code.notebook.stdout')] }),
      });
    }
    const last = runs[1] ?? '';
    await client.call('recordCell', {
      runId: last,
      execution: execution('c', { source: 'x = 2', success: false, outputs: [image(png), text(JSON.stringify({ name: 'ValueError', message: 'no data' }), 'application/vnd.code.notebook.error')] }),
    });
    const { executions, total } = await client.call('getCellHistory', { notebook: own, cellId: 'c' });
    assert.equal(total, 3);
    const latest = await client.call('getCellHistory', { notebook: own, cellId: 'c', limit: 1 });
    assert.deepEqual([latest.executions.map(({ sequence }) => sequence), latest.total], [[3], 3]);
    assert.deepEqual(
      executions.map(({ runId, sequence, success, firstLine, figures }) => [runs.indexOf(runId), sequence, success, firstLine, figures]),
      [
        [1, 3, false, 'ValueError: no data', 1],
        [1, 2, true, 'round 2', 0],
        [0, 2, true, 'round 1', 0],
      ],
    );
    assert.equal(executions[0]?.sourceDigest, executions[1]?.sourceDigest);
    assert.notEqual(executions[1]?.sourceDigest, executions[2]?.sourceDigest);
    const full = await client.call('getCellExecution', { runId: last, sequence: 2 });
    assert.equal(full.source, 'x = 2');
    assert.match(full.outputs[0]?.content ?? '', /more$/);
    const [figure] = (await client.call('getCellExecution', { runId: last, sequence: 3 })).outputs;
    assert.deepEqual([figure?.artifact, figure?.content], ['figures/cell-0-1.png', png]);
    const missing = await client.call('getCellExecution', { runId: last, sequence: 99 }).then(() => undefined, (error: unknown) => error);
    assert.ok(CallFailure.is(missing) && missing.reason === 'not-found');
  });

  it('lists what was executed, in order, the latest where there are more', async () => {
    const runId = await start();
    await client.call('recordCell', { runId, execution: execution('a', { source: '# Load\n\nframe = load()', executionCount: 1, outputs: [text('12 rows\nmore'), image(png)] }) });
    await client.call('recordCell', { runId, execution: execution('b', { cellIndex: 1, source: '# only this', startedAt: 2000, endedAt: 2500, success: false }) });
    const { executions, total } = await client.call('listExecutions', { runId });
    assert.equal(total, 2);
    assert.deepEqual(executions, [
      { sequence: 1, cellId: 'a', cellIndex: 0, title: 'frame = load()', startedAt: 1000, endedAt: 2000, success: true, executionCount: 1, firstLine: '12 rows', figures: ['figures/cell-0-1.png'] },
      { sequence: 2, cellId: 'b', cellIndex: 1, title: '# only this', startedAt: 2000, endedAt: 2500, success: false, figures: [] },
    ]);
    const latest = await client.call('listExecutions', { runId, limit: 1 });
    assert.deepEqual([latest.total, latest.executions.map(({ cellId }) => cellId)], [2, ['b']]);
  });

  it('survives kill -9 with its notebook, its figures and its metrics', async () => {
    const runId = await start();
    await client.call('recordNotebook', { runId, recordedAt: 1000, cells: [code('a', 'plot()')] });
    await client.call('recordCell', { runId, execution: execution('a', { tags: ['metrics'], outputs: [image(png), text('loss: 0.5')] }) });
    await home.kill(client);
    client = await home.start();
    const known = await client.call('getCapturedNotebook', { runId });
    assert.deepEqual(known.cells[0]?.outputs.map(({ content }) => content), [png, 'loss: 0.5']);
    assert.deepEqual((await client.call('getRun', { runId })).metrics, { loss: 0.5 });
  });

  it('tells which cells two runs do not have alike, and what their kernels had installed', async () => {
    const first = await start();
    await client.call('recordNotebook', { runId: first, recordedAt: 1, cells: [code('a', 'import pandas'), code('b', '\nmodel = fit(3)\nmodel'), code('c', 'gone')] });
    await client.call('recordPackages', { runId: first, packages: ['pandas==2.0', 'NumPy==1.0'], pythonVersion: '3.11.2' });
    const second = await start();
    await client.call('recordNotebook', { runId: second, recordedAt: 2, cells: [{ cellId: 'm', kind: 'markdown', source: '# New' }, code('a', 'import pandas'), code('b', '\nmodel = fit(4)\nmodel')] });
    await client.call('recordPackages', { runId: second, packages: ['pandas==2.1', 'NumPy==1.0'], pythonVersion: '3.11.2' });
    assert.deepEqual(await client.call('compareNotebooks', { from: first, to: second }), {
      recorded: true,
      notebooks: [notebook, notebook],
      cells: [
        { cellId: 'm', kind: 'markdown', title: '# New', change: 'added', to: 0 },
        { cellId: 'b', kind: 'code', title: 'model = fit(4)', change: 'changed', from: 1, to: 2 },
        { cellId: 'c', kind: 'code', title: 'gone', change: 'removed', from: 2 },
      ],
      equal: 1,
    });
    const { rows } = await client.call('compareRuns', { runIds: [first, second] });
    const versions = Object.fromEntries(rows.filter(({ kind }) => kind === 'environment').map(({ key, values }) => [key, values]));
    assert.deepEqual(versions, { pandas: ['2.0', '2.1'], numpy: ['1.0', '1.0'], python: ['3.11.2', '3.11.2'] });
    await assert.rejects(client.call('compareNotebooks', { from: first, to: 'nothing' }), { reason: 'not-found' });
  });
});
