import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, execute, openNotebook, workspacePath } from './insideHost.ts';

const endpoint = 'churn';

/** Runs one of Slipway's commands and reads what it gives back. */
async function run<T>(command: string, argument?: unknown): Promise<T | undefined> {
  return vscode.commands.executeCommand<T>(`slipway.${command}`, argument);
}

async function runAll(): Promise<vscode.NotebookDocument> {
  const notebook = await openNotebook('churn.ipynb');
  const last = notebook.getCells().findLastIndex(({ kind }) => kind === vscode.NotebookCellKind.Code);
  await execute(notebook, 0, last + 1);
  return notebook;
}

async function predict(): Promise<unknown> {
  const { url } = await (await companion()).call('getEndpoint', { name: endpoint });
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      dataframe_records: [{ age: 40, tenure_months: 3, monthly_charges: 90, support_calls: 5, contract: 'monthly', payment_method: 'card', internet: 'fiber' }],
    }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

test('without being connected, a run that mlflow logs belongs to the cell that was executing, and its model to the run', async () => {
  await openNotebook('churn.ipynb');
  await eventually('kernels find the companion in their environment', () => process.env['MLFLOW_TRACKING_URI']);
  const notebook = await runAll();
  const results = await eventually('the results of the training cell', async () => {
    const { cells } = await (await companion()).call('getNotebookResults', { notebook: notebook.uri.fsPath });
    return cells.find(({ cellId, models }) => cellId === 'train' && models.length > 0);
  });
  assert.equal(results.runs.length, 1);
  assert.equal(results.models.length, 1);
});

test('connecting by .env names the companion once and keeps the other lines', async () => {
  await openNotebook('churn.ipynb');
  const file = vscode.Uri.file(workspacePath('.env'));
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode('OTHER=1\nPYTHONPATH=src\nMLFLOW_TRACKING_URI=http://elsewhere\n'));
  await run('connectNotebook', { way: 'dotenv' });
  await run('connectNotebook', { way: 'dotenv' });
  const { environment, pythonPath } = await (await companion()).call('getNotebookConnection', {});
  assert.ok('MLFLOW_TRACKING_PASSWORD' in environment);
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  assert.deepEqual(readFileSync(workspacePath('.env'), 'utf8').trim().split('\n'), ['OTHER=1', `PYTHONPATH=src${path.delimiter}${pythonPath}`, ...lines]);
  assert.equal(process.platform === 'win32' ? 0o600 : statSync(workspacePath('.env')).mode & 0o777, 0o600, 'it holds the token');
});

test('connecting by a cell puts one cell on top, without a token in it', async () => {
  const notebook = await openNotebook('churn.ipynb');
  const before = notebook.cellCount;
  await run('connectNotebook', { way: 'cell' });
  await run('connectNotebook', { way: 'cell' });
  assert.equal(notebook.cellCount, before + 1);
  const source = notebook.cellAt(0).document.getText();
  assert.match(source, /mlflow\.set_tracking_uri/);
  assert.ok(!source.includes((await companion()).lock.token));
});

test('the captured run holds the parameters and the data file', async () => {
  const client = await companion();
  const { runId } = await client.call('getNotebookResults', { notebook: workspacePath('churn.ipynb') });
  assert.ok(runId);
  const capture = await client.call('getCapture', { runId });
  assert.equal(capture.parameters['regularization'], '1.0');
  assert.deepEqual(capture.data.map(({ path }) => path), [workspacePath('churn.csv')]);
});

test('the model that a run logged is registered', async () => {
  const client = await companion();
  const { runs } = await client.call('listRuns', { notebook: workspacePath('churn.ipynb') });
  const logged = runs.find(({ models }) => models.length > 0);
  assert.ok(logged);
  const version = await run<{ version: number }>('registerModel', { runId: logged.runId, modelId: logged.models[0]?.modelId, model: 'churn' });
  assert.equal(version?.version, 1);
});

test('a variable of the kernel is registered by a cell that stays visible', async () => {
  const notebook = await openNotebook('churn.ipynb');
  const before = notebook.cellCount;
  const registered = await run('registerModelFromNotebook', { variable: 'model', name: 'churn', example: 'test_x' });
  assert.deepEqual(registered, { name: 'churn', version: 2 });
  assert.equal(notebook.cellCount, before + 1);
  const { versions } = await (await companion()).call('getModel', { name: 'churn' });
  const second = versions.find(({ version }) => version === 2);
  assert.ok((second?.signature?.inputs.length ?? 0) > 0);
  assert.equal(second?.lineage.cell?.notebook, notebook.uri.fsPath);
});

test('a model file of the Explorer is registered with its example', async () => {
  const model = vscode.Uri.file(workspacePath('filed-model.txt'));
  const example = vscode.Uri.file(workspacePath('filed-rows.csv'));
  await vscode.workspace.fs.writeFile(model, Buffer.from('tree\nversion=v4\n'));
  await vscode.workspace.fs.writeFile(example, Buffer.from('a,b\n0.5,2\n'));
  const version = await run<{ version: number; flavors: string[] }>('registerModelFile', { file: model.fsPath, model: 'filed', example: example.fsPath });
  assert.deepEqual([version?.version, version?.flavors.includes('lightgbm')], [1, true]);
  const { versions } = await (await companion()).call('getModel', { name: 'filed' });
  assert.deepEqual(versions[0]?.signature?.inputs.map(({ name, type }) => [name, type]), [['a', 'double'], ['b', 'long']]);
});

test('a version is deployed and answers at its URL', async () => {
  const rollout = await run<{ state: string; message: string }>('deployModel', { model: 'churn', version: 1, endpoint, target: 'process', strategy: { kind: 'all-at-once' } });
  assert.equal(rollout?.state, 'succeeded', rollout?.message);
  const answer = await predict();
  assert.ok(typeof answer === 'object' && answer !== null && 'predictions' in answer);
});

test('a test request sends the recorded example and shows the answer', async () => {
  const answer = await run<{ status: number; body: string }>('sendTestRequest', { endpoint });
  assert.equal(answer?.status, 200, answer?.body);
  assert.ok(vscode.workspace.textDocuments.some(({ uri, languageId }) => uri.scheme === 'slipway' && languageId === 'json'));
});

test('a file of the Explorer is scored with what the endpoint serves', async () => {
  const out = workspacePath('churn.scored.csv');
  const batch = await run<{ state: string; message: string; scored: number }>('scoreFile', { file: workspacePath('churn.csv'), endpoint, out, keep: 'all' });
  assert.equal(batch?.state, 'succeeded', batch?.message);
  const rows = (await vscode.workspace.fs.readFile(vscode.Uri.file(out))).toString().trimEnd().split('\n');
  const read = (await vscode.workspace.fs.readFile(vscode.Uri.file(workspacePath('churn.csv')))).toString().trimEnd().split('\n');
  assert.deepEqual([batch.scored, rows.length, rows[0]], [read.length - 1, read.length, `${read[0] ?? ''},predictions`]);
  assert.ok(rows[1]?.startsWith(`${read[1] ?? ''},`), rows[1]);
});

test('the next version takes over by a canary that is promoted by hand', async () => {
  const strategy = { kind: 'canary', steps: [20], stepSeconds: 0, hold: true, checks: { minimumRequests: 5 } };
  const held = await run<{ state: string; message: string }>('deployModel', { model: 'churn', version: 2, endpoint, strategy });
  assert.equal(held?.state, 'held', held?.message);
  assert.equal((await (await companion()).call('getEndpoint', { name: endpoint })).liveVersion, 1);
  const promoted = await run<{ state: string; message: string }>('promote', { endpoint, confirmed: true });
  assert.equal(promoted?.state, 'succeeded', promoted?.message);
  assert.equal((await (await companion()).call('getEndpoint', { name: endpoint })).liveVersion, 2);
});

test('a canary without a hold is followed until enough requests have come', async () => {
  const strategy = { kind: 'canary', steps: [50], stepSeconds: 0, hold: false, checks: { minimumRequests: 3 } };
  let rolling = true;
  const rollout = run<{ state: string; message: string }>('deployModel', { model: 'churn', version: 1, endpoint, strategy }).finally(() => {
    rolling = false;
  });
  while (rolling) {
    await predict();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const ended = await rollout;
  assert.equal(ended?.state, 'succeeded', ended?.message);
});

test('rolling back puts the version before back at once', async () => {
  const result = await run<{ durationMs?: number; rollout: { state: string } }>('rollBack', { endpoint, confirmed: true });
  // The duration is there only when the traffic had moved before the answer.
  assert.ok(result?.durationMs !== undefined);
  assert.equal((await (await companion()).call('getEndpoint', { name: endpoint })).liveVersion, 2);
  await predict();
});

test('the requests are in the monitoring', async () => {
  const total = await eventually('the requests', async () => {
    const monitoring = await (await companion()).call('getMonitoring', { name: endpoint });
    return monitoring.total.requests >= 3 ? monitoring.total : undefined;
  });
  assert.equal(total.serverErrors, 0);
});

test('a deleted endpoint is gone', async () => {
  await run('deleteEndpoint', { endpoint, confirmed: true });
  const { endpoints } = await (await companion()).call('listEndpoints', {});
  assert.deepEqual(endpoints, []);
});
