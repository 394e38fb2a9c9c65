import assert from 'node:assert/strict';
import type { Jupyter } from '@vscode/jupyter-extension';
import * as vscode from 'vscode';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, execute, openNotebook, workspacePath } from './insideHost.ts';

interface Registered {
  readonly name: string;
  readonly version: number;
}

/** Registers from the notebook, taking the first of what each question offers. */
async function registerFirst(given: { readonly example?: string } = {}): Promise<Registered | undefined> {
  const registering = vscode.commands.executeCommand<Registered | undefined>('slipway.registerModelFromNotebook', { name: 'people', ...given });
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  registering.then(end, end);
  await eventually('the registration', async () => {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return ended ? true : undefined;
  }, 60_000);
  return registering;
}

/** The one cell that Slipway has written. */
function writtenCell(notebook: vscode.NotebookDocument): vscode.NotebookCell {
  const cell = notebook.getCells().find((candidate) => candidate.document.getText().startsWith('# Slipway: register'));
  assert.ok(cell, 'Slipway has written a cell');
  return cell;
}

async function withoutWrittenCell(notebook: vscode.NotebookDocument): Promise<void> {
  const { index } = writtenCell(notebook);
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(index, index + 1))]);
  await vscode.workspace.applyEdit(edit);
}

/** Where mlflow in the kernel logs to. */
async function trackingUri(notebook: vscode.NotebookDocument): Promise<string> {
  await execute(notebook, 3);
  return new TextDecoder().decode(notebook.cellAt(3).outputs[0]?.items[0]?.data).replaceAll("'", '');
}

async function connectKernels(on: boolean | undefined): Promise<void> {
  await vscode.workspace.getConfiguration('slipway').update('connectKernels', on, vscode.ConfigurationTarget.Global);
}

test('a kernel that had started before is connected too, and one setting keeps kernels as they are', async () => {
  await connectKernels(false);
  const notebook = await openNotebook();
  await vscode.commands.executeCommand('slipwayTestJupyter.answer', 'Allow');
  assert.equal(await trackingUri(notebook), 'none');
  assert.equal(process.env['MLFLOW_TRACKING_URI'], undefined);
  await connectKernels(undefined);
  const { trackingUri: expected } = await (await companion()).call('getNotebookConnection', {});
  await eventually('the kernel is connected', async () => ((await trackingUri(notebook)) === expected ? true : undefined));
  assert.equal(process.env['MLFLOW_TRACKING_URI'], expected, 'kernels that start from now on are connected');
});

test('a user who refuses is offered the names that the cells assign', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 0);
  await vscode.commands.executeCommand('slipwayTestJupyter.answer', 'Deny');
  await registerFirst({ example: 'people' });
  assert.match(writtenCell(notebook).document.getText(), /^# Slipway: register model as/);
  await withoutWrittenCell(notebook);
});

test('the models and tables of the kernel are offered: fitted ones first, the example by its width', async () => {
  const notebook = await openNotebook();
  await vscode.commands.executeCommand('slipwayTestJupyter.answer', 'Allow');
  const before = notebook.getCells().map(({ executionSummary }) => executionSummary?.executionOrder ?? 0);
  const registered = await registerFirst();
  const cell = writtenCell(notebook);
  assert.match(cell.document.getText(), /^# Slipway: register result as/);
  assert.match(cell.document.getText(), /slipway\.register\(\w+, "people", example=people\)/);
  const { versions } = await (await companion()).call('getModel', { name: registered?.name ?? '' });
  const version = versions.find((candidate) => candidate.version === registered?.version);
  assert.deepEqual(version?.signature?.inputs.map(({ name }) => name), ['age', 'income']);
  // The kernel counts cells alone; the cell of the test before had a number too.
  assert.equal(cell.executionSummary?.executionOrder, Math.max(...before) + 2);
  await withoutWrittenCell(notebook);
});

test('asking leaves no name in the kernel', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 2);
  const text = new TextDecoder().decode(notebook.cellAt(2).outputs[0]?.items[0]?.data);
  for (const name of ['people', 'result']) {
    assert.ok(text.includes(`'${name}'`), text);
  }
  for (const name of ['is_model', 'fitted', 'models', 'tables', 'user', 'hidden']) {
    assert.ok(!text.includes(`'${name}'`), `${name} is left in ${text}`);
  }
});

test('a busy kernel is not waited for: the questions come at once', async () => {
  const notebook = await openNotebook();
  const sleeping = execute(notebook, 1);
  const jupyter = await vscode.extensions.getExtension<Jupyter>('ms-toolsai.jupyter')?.activate();
  const kernel = await jupyter?.kernels.getKernel(notebook.uri);
  await eventually('the cell runs', () => (kernel?.status === 'busy' ? true : undefined));
  await registerFirst({ example: 'people' });
  assert.match(writtenCell(notebook).document.getText(), /^# Slipway: register model as/);
  await sleeping;
});

test('a restarted kernel ends the captured run at once', async () => {
  const client = await companion();
  const { runId } = await client.call('getNotebookResults', { notebook: workspacePath('work.ipynb') });
  assert.ok(runId !== undefined);
  assert.equal((await client.call('getCapture', { runId })).endedAt, undefined);
  await vscode.commands.executeCommand('slipwayTestKernel.restart');
  await eventually('the end of the run', async () => (await client.call('getCapture', { runId })).endedAt);
});
