import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

type Execution = CallInput<'recordCell'>['execution'];

describe('a captured run', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let workspace: string;
  let notebook: string;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    workspace = mkdtempSync(path.join(tmpdir(), 'slipway-workspace-'));
    notebook = path.join(workspace, 'train.ipynb');
    writeFileSync(notebook, '{}');
    writeFileSync(path.join(workspace, 'data.csv'), 'a,b\n1,2\n');
    const git = (...args: string[]): void => {
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: workspace });
    };
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'start');
  });
  after(async () => {
    await home.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  const execution = (cellId: string, source: string, more: Partial<Execution> = {}): Execution => ({
    cellId,
    cellIndex: 0,
    source,
    startedAt: 1000,
    endedAt: 2000,
    success: true,
    ...more,
  });

  /** Creates a run as an MLflow client would, with a user name in its login. */
  const createRun = (user: string): Promise<string> => mlflowCalls(client, user).createRun();

  it('is named, with its notebook, by the events of the runs that its cells log, and no other run has a notebook', async () => {
    const { runId } = await client.call('startCapture', { notebook });
    await client.call('beginCell', { runId, cellId: 'logs', cellIndex: 0, startedAt: Date.now() });
    const logged = await createRun(`nb-${runId}`);
    const alone = await createRun(`nb-${'0'.repeat(32)}`);
    const told = new Map<string, string | undefined>();
    const stop = new AbortController();
    let hear: () => void = () => undefined;
    const connected = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const following = (async () => {
      for await (const event of client.events(stop.signal, hear)) {
        if (event.topic === 'run') {
          told.set(event.runId, event.notebook);
          if (told.size === 2) {
            return;
          }
        }
      }
    })();
    await connected;
    await client.call('setNote', { runId: logged, note: 'from a cell' });
    await client.call('setNote', { runId: alone, note: 'from a script' });
    await following;
    stop.abort();
    assert.deepEqual([told.get(logged), told.get(alone)], [notebook, undefined]);
    await client.call('endCapture', { runId });
  });

  it('keeps sources, parameters, data digests and git state', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace, kernel: 'python3' });
    await client.call('recordCell', { runId, execution: execution('p', 'C = 0.5\nname = "x"', { tags: ['parameters'] }) });
    await client.call('recordCell', { runId, execution: execution('d', 'pd.read_csv("data.csv")', { outputs: [{ mime: 'text/plain', content: 'ok', encoding: 'text' }] }) });
    const capture = await client.call('getCapture', { runId });
    assert.deepEqual(capture.parameters, { C: '0.5', name: 'x' });
    assert.deepEqual(capture.data.map(({ path: file, bytes }) => [path.basename(file), bytes]), [['data.csv', 8]]);
    assert.equal(capture.git?.dirty, false);
    assert.deepEqual(capture.executions.map(({ cellId }) => cellId), ['p', 'd']);
    assert.equal(capture.executions[1]?.outputs[0]?.content, 'ok');
    const run = await client.call('getRun', { runId });
    assert.equal(run.source, 'capture');
    assert.equal(run.params['C'], '0.5');
  });

  it('shows the values that a parameters cell had last when it ran again', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    for (const [at, value] of [[1000, '1'], [2000, '2']] as const) {
      await client.call('recordCell', { runId, execution: execution('p', `C = ${value}`, { tags: ['parameters'], startedAt: at, endedAt: at + 5 }) });
    }
    assert.deepEqual((await client.call('getCapture', { runId })).parameters, { C: '2' });
    assert.deepEqual((await client.call('getRun', { runId })).params, { C: '2' });
  });

  it('takes params and metrics from the cells of a plain notebook, the latest of each', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const printed = (text: string) => [{ mime: 'application/vnd.code.notebook.stdout', content: text, encoding: 'text' as const }];
    for (const [at, depth, accuracy] of [[1000, 3, 0.9], [2000, 5, 0.8]] as const) {
      await client.call('recordCell', { runId, execution: execution('p', `max_depth = ${depth}\ncolumns = ["a"]`, { startedAt: at, endedAt: at + 5 }) });
      await client.call('recordCell', { runId, execution: execution('m', 'evaluate()', { startedAt: at + 10, endedAt: at + 15, outputs: printed(`accuracy ${accuracy}\nrows: 20\n`) }) });
    }
    await client.call('recordCell', { runId, execution: execution('f', 'rate = 1\nraise ValueError()', { startedAt: 3000, endedAt: 3005, success: false }) });
    const { params, metrics } = await client.call('getRun', { runId });
    assert.deepEqual([params, metrics], [{ max_depth: '5' }, { accuracy: 0.8 }]);
  });

  it('keeps numbers of a cell as metrics when asked to, by their names or a given one', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const returned = (content: string) => ({ outputs: [{ mime: 'text/plain', content, encoding: 'text' as const }] });
    await client.call('recordCell', { runId, execution: execution('gap', 'gap(a, b)', returned('0.25')) });
    await client.call('recordCell', { runId, execution: execution('rows', 'counts', returned("{'rows': 20, 'lost': 1}")) });
    assert.deepEqual((await client.call('getRun', { runId })).metrics, {});
    const keep = (cellId: string, name?: string) => client.call('keepMetrics', { runId, cellId, ...(name === undefined ? {} : { name }) });
    await assert.rejects(keep('gap'), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'name');
    await assert.rejects(keep('rows', 'x'), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'name');
    await assert.rejects(keep('other'), (error) => CallFailure.is(error, 'not-found') && error.field === 'cellId');
    assert.deepEqual(await keep('gap', 'gap to best'), { tag: 'metric=gap to best', metrics: { 'gap to best': 0.25 } });
    assert.deepEqual(await keep('rows'), { tag: 'metrics', metrics: { rows: 20, lost: 1 } });
    assert.deepEqual((await client.call('getRun', { runId })).metrics, { 'gap to best': 0.25, rows: 20, lost: 1 });
  });

  it('owns the runs that are created while its cell executes, with their lineage', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    await client.call('recordCell', { runId, execution: execution('d', 'pd.read_csv("data.csv")') });
    await client.call('beginCell', { runId, cellId: 'train', cellIndex: 3, startedAt: Date.now() });
    const logged = await createRun('slipway');
    const results = await client.call('recordCell', { runId, execution: execution('train', 'fit()', { cellIndex: 3, endedAt: Date.now() }) });
    assert.deepEqual(results.runs.map((run) => run.runId), [logged]);
    const outside = await createRun('slipway');
    const run = await client.call('getRun', { runId: logged });
    assert.deepEqual(run.cell, { notebook, captureRunId: runId, cellId: 'train', cellIndex: 3 });
    assert.match(run.tags['slipway.git.commit'] ?? '', /^[0-9a-f]{40}$/);
    assert.match(run.tags['slipway.data'] ?? '', /data\.csv/);
    assert.equal((await client.call('getRun', { runId: outside })).cell, undefined);

    const mlflow = mlflowCalls(client);
    await mlflow.post('registered-models/create', { name: 'fed' });
    await mlflow.post('model-versions/create', { name: 'fed', source: `runs:/${logged}/model`, run_id: logged });
    const said = await client.call('writeCardStatements', { name: 'fed', version: 1, statements: { owner: ' the churn team ', limits: 'none', license: 'mit' } });
    assert.deepEqual([said.statements, said.version.tags['slipway.card.owner']], [{ owner: 'the churn team', limits: 'none', license: 'mit' }, 'the churn team']);
    await client.call('writeCardStatements', { name: 'fed', version: 1, statements: { limits: '' } });
    const card = await client.call('getModelCard', { name: 'fed', version: 1 });
    assert.deepEqual([card.statements, card.served, card.watched, card.version.lineage.data.map((each) => path.basename(each.path))], [{ owner: 'the churn team', license: 'mit' }, [], [], ['data.csv']]);
    await assert.rejects(client.call('writeCardStatements', { name: 'fed', version: 1, statements: {} }), { reason: 'invalid-input', field: 'statements' });
    const [ready, ...none] = (await client.call('listReadiness', { model: 'fed' })).models;
    assert.deepEqual([ready?.version, ready?.items.filter(({ state }) => state === 'has').map(({ id }) => id), none], [1, ['versioning', 'tracking', 'data', 'owner'], []]);
    await assert.rejects(client.call('listReadiness', { model: 'nobody' }), { reason: 'not-found', field: 'model' });
    const file = path.join(workspace, 'data.csv');
    const feeds = async (named?: string): Promise<(readonly [string, string, number, string | undefined])[]> =>
      (await client.call('listFed', named === undefined ? {} : { path: named })).fed.map((fed) => [fed.file.path, fed.model, fed.version, fed.runId] as const);
    const expected = [[file, 'fed', 1, logged]];
    const elsewhere = path.join(workspace, 'moved.csv');
    writeFileSync(elsewhere, 'a,b\n1,2\n');
    assert.deepEqual([await feeds(), await feeds(file), await feeds(elsewhere)], [expected, expected, expected]);
    writeFileSync(elsewhere, 'a,b\n1,3\n');
    assert.deepEqual([await feeds(elsewhere), await feeds(path.join(workspace, 'none.csv'))], [[], []]);
    rmSync(elsewhere);
  });

  it('tells the runs that its cells logged, without those that are deleted', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    await client.call('beginCell', { runId, cellId: 'train', cellIndex: 3, startedAt: Date.now() });
    const [first, second] = [await createRun('slipway'), await createRun('slipway')];
    await client.call('recordCell', { runId, execution: execution('train', 'fit()', { cellIndex: 3 }) });
    const linked = async (): Promise<(readonly [string, string, number])[]> =>
      (await client.call('listLinkedRuns', { runIds: [runId, 'unknown'] })).runs.map((run) => [run.captureRunId, run.runId, run.cellIndex] as const);
    assert.deepEqual(await linked(), [[runId, first, 3], [runId, second, 3]]);
    await client.call('deleteRun', { runId: first });
    assert.deepEqual(await linked(), [[runId, second, 3]]);
  });

  it('tells two notebooks that execute at once apart by the login of the kernel, and does not guess', async () => {
    const other = path.join(workspace, 'other.ipynb');
    writeFileSync(other, '{}');
    const first = await client.call('startCapture', { notebook, workspace });
    const second = await client.call('startCapture', { notebook: other, workspace });
    await client.call('beginCell', { runId: first.runId, cellId: 'a', cellIndex: 0, startedAt: Date.now() });
    await client.call('beginCell', { runId: second.runId, cellId: 'b', cellIndex: 0, startedAt: Date.now() });
    const named = await createRun(`nb-${second.runId}`);
    const unnamed = await createRun('slipway');
    assert.equal((await client.call('getRun', { runId: named })).cell?.cellId, 'b');
    assert.equal((await client.call('getRun', { runId: unnamed })).cell, undefined);
    await client.call('endCapture', { runId: second.runId });
    await client.call('endCapture', { runId: first.runId });
  });

  it('records cells together, all or none, and links what each of them logged', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const from = Date.now();
    const logged = await createRun('slipway');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const to = Date.now();
    const executions = [
      execution('quick', 'fit()', { startedAt: from, endedAt: to - 2 }),
      execution('later', '{"auc": 0.9}', { startedAt: to + 2, endedAt: to + 3, tags: ['metrics'], outputs: [{ mime: 'text/plain', content: "{'auc': 0.9}", encoding: 'text' }] }),
      execution('quick', 'fit()', { startedAt: to + 4, endedAt: to + 5 }),
    ];
    const { results } = await client.call('recordCells', { runId, executions });
    assert.deepEqual(results.map(({ cellId, runs }) => [cellId, runs.map((run) => run.runId)]), [['quick', [logged]], ['later', []], ['quick', [logged]]]);
    assert.deepEqual((await client.call('getCapture', { runId })).executions.map(({ cellId }) => cellId), ['quick', 'later', 'quick']);
    assert.deepEqual((await client.call('getRun', { runId })).metrics, { auc: 0.9 });
    assert.deepEqual((await client.call('recordCells', { runId, executions })).results, results, 'sent again after an answer that did not come');
    assert.equal((await client.call('getCapture', { runId })).executions.length, 3);
    const refused = [execution('fine', ''), { ...execution('bad', ''), endedAt: -1 }];
    await assert.rejects(client.call('recordCells', { runId, executions: refused }), { reason: 'invalid-input' });
    assert.equal((await client.call('getCapture', { runId })).executions.length, 3);
  });

  it('knows that a cell runs again while its execution before is recorded', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const now = Date.now();
    await client.call('beginCell', { runId, cellId: 'again', cellIndex: 1, startedAt: now });
    await client.call('recordCell', { runId, execution: execution('again', '', { startedAt: now - 100, endedAt: now - 50 }) });
    assert.equal((await client.call('getRun', { runId: await createRun('slipway') })).cell?.cellId, 'again');
    await client.call('endCapture', { runId });
  });

  it('owns the runs that its kernel created before the cell was announced, or without that it was', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const startedAt = Date.now();
    const early = await createRun('slipway');
    assert.equal((await client.call('getRun', { runId: early })).cell, undefined);
    await client.call('beginCell', { runId, cellId: 'train', cellIndex: 2, startedAt });
    assert.equal((await client.call('getRun', { runId: early })).cell?.cellId, 'train', 'while the cell executes');
    await client.call('recordCell', { runId, execution: execution('train', 'fit()', { cellIndex: 2, startedAt, endedAt: Date.now() }) });
    const began = Date.now();
    const unannounced = await createRun('slipway');
    const ended = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const later = await createRun('slipway');
    const results = await client.call('recordCell', { runId, execution: execution('again', 'fit()', { cellIndex: 3, startedAt: began, endedAt: ended }) });
    assert.deepEqual(results.runs.map((run) => run.runId), [unannounced]);
    assert.match((await client.call('getRun', { runId: unannounced })).tags['slipway.git.commit'] ?? '', /^[0-9a-f]{40}$/);
    assert.equal((await client.call('getRun', { runId: later })).cell, undefined, 'it was created after the cell had ended');
  });

  it('records a cell that deleted a run which it had created', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    const startedAt = Date.now();
    const early = await createRun('slipway');
    await client.call('deleteRun', { runId: early });
    await client.call('beginCell', { runId, cellId: 'tidy', cellIndex: 0, startedAt });
    const linked = await createRun('slipway');
    assert.equal((await client.call('getRun', { runId: linked })).cell?.cellId, 'tidy');
    await client.call('deleteRun', { runId: linked });
    await client.call('recordCell', { runId, execution: execution('tidy', 'tidy()', { startedAt, endedAt: Date.now() }) });
    assert.equal((await client.call('getCapture', { runId })).executions.at(-1)?.cellId, 'tidy');
    await client.call('endCapture', { runId });
  });

  it('leaves an early run to the notebook that its kernel names', async () => {
    const other = path.join(workspace, 'other.ipynb');
    writeFileSync(other, '{}');
    const first = await client.call('startCapture', { notebook, workspace });
    const second = await client.call('startCapture', { notebook: other, workspace });
    const startedAt = Date.now();
    const named = await createRun(`nb-${second.runId}`);
    await client.call('beginCell', { runId: first.runId, cellId: 'a', cellIndex: 0, startedAt });
    assert.equal((await client.call('getRun', { runId: named })).cell, undefined);
    await client.call('beginCell', { runId: second.runId, cellId: 'b', cellIndex: 0, startedAt });
    assert.equal((await client.call('getRun', { runId: named })).cell?.cellId, 'b');
    await client.call('endCapture', { runId: second.runId });
    await client.call('endCapture', { runId: first.runId });
  });

  it('ends when the notebook starts over, and fails when its last cell did', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    await client.call('recordCell', { runId, execution: execution('x', '1/0', { success: false }) });
    const next = await client.call('startCapture', { notebook, workspace });
    assert.equal((await client.call('getRun', { runId })).status, 'FAILED');
    assert.equal((await client.call('getRun', { runId: next.runId })).status, 'RUNNING');
    assert.ok((await client.call('getCapture', { runId })).endedAt);
  });

  it('survives kill -9 with every cell that was acknowledged, and goes on', async () => {
    const { runId } = await client.call('startCapture', { notebook, workspace });
    await client.call('recordCell', { runId, execution: execution('a', 'x = 1') });
    await client.call('beginCell', { runId, cellId: 'b', cellIndex: 1, startedAt: Date.now() });
    await home.kill(client);
    client = await home.start();
    const logged = await createRun('slipway');
    const results = await client.call('recordCell', { runId, execution: execution('b', 'y = 2') });
    assert.deepEqual(results.runs.map((run) => run.runId), [logged]);
    assert.deepEqual((await client.call('getCapture', { runId })).executions.map(({ cellId }) => cellId), ['a', 'b']);
  });

  it('refuses a relative notebook path and an unknown run, naming them', async () => {
    const refusal = async (work: Promise<unknown>): Promise<CallFailure> => {
      const failure = await work.then(() => undefined, (error: unknown) => error);
      assert.ok(CallFailure.is(failure));
      return failure;
    };
    assert.equal((await refusal(client.call('startCapture', { notebook: 'train.ipynb' }))).field, 'notebook');
    assert.equal((await refusal(client.call('getCapture', { runId: 'none' }))).reason, 'not-found');
  });
});
