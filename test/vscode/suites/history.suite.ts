import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, test } from '../harness/suite.ts';
import { companion, execute, openNotebook, workspacePath } from './insideHost.ts';

const scheme = 'slipway-notebook';

/** The captured run of the notebook once it holds so many executions. */
async function captured(executions: number): Promise<string> {
  const client = await companion();
  return eventually(`${executions} recorded executions`, async () => {
    const { runId } = await client.call('getNotebookResults', { notebook: workspacePath('work.ipynb') });
    const capture = runId === undefined ? undefined : await client.call('getCapture', { runId });
    return capture?.executions.length === executions ? capture.runId : undefined;
  });
}

async function replaceSource(cell: vscode.NotebookCell, source: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(cell.document.uri, new vscode.Range(0, 0, cell.document.lineCount, 0), source);
  await vscode.workspace.applyEdit(edit);
}

let runId = '';

test('the notebook is recorded with its executions', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 0, 2);
  runId = await captured(2);
  const known = await (await companion()).call('getCapturedNotebook', { runId });
  assert.equal(known.complete, true);
  assert.deepEqual(known.cells.map(({ source, executed }) => [source, executed]), [
    ['rate = 0.5', true],
    ['print(f"rate {rate}")\nrate * 2', true],
  ]);
});

test('it opens as of a run, with its outputs of then, and cannot be changed', async () => {
  const notebook = await openNotebook();
  await replaceSource(notebook.cellAt(0), 'rate = 0.75');
  await vscode.commands.executeCommand('slipway.openNotebookAtRun', { runId });
  const then = await eventually('the notebook as of the run is open', () =>
    vscode.workspace.notebookDocuments.find(({ uri, cellCount }) => uri.scheme === scheme && cellCount === 2),
  );
  assert.equal(then.notebookType, 'jupyter-notebook');
  assert.equal(then.cellAt(0).document.getText(), 'rate = 0.5');
  const outputs = then.cellAt(1).outputs.flatMap(({ items }) => items.map(({ mime, data }) => [mime, new TextDecoder().decode(data).trim()]));
  assert.deepEqual(outputs, [
    ['application/vnd.code.notebook.stdout', 'rate 0.5'],
    ['text/plain', '1.0'],
  ]);
  assert.equal(vscode.workspace.fs.isWritableFileSystem(scheme), false);
  await assert.rejects(Promise.resolve(vscode.workspace.fs.writeFile(then.uri, new Uint8Array())));
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

test('it compares with the notebook of now in the notebook diff', async () => {
  await vscode.commands.executeCommand('slipway.compareNotebookWithRun', { runId });
  const input = await eventually('the notebook diff is open', () => {
    const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return shown instanceof vscode.TabInputNotebookDiff ? shown : undefined;
  });
  assert.equal(input.original.scheme, scheme);
  assert.equal(input.modified.fsPath, workspacePath('work.ipynb'));
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

test('the notebooks of two runs are compared in the notebook diff', async () => {
  await vscode.commands.executeCommand('slipway.compareRunNotebooks', { from: runId, to: runId });
  const input = await eventually('the notebook diff is open', () => {
    const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return shown instanceof vscode.TabInputNotebookDiff ? shown : undefined;
  });
  assert.deepEqual([input.original.scheme, input.modified.scheme], [scheme, scheme]);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

test('an artifact of a run opens in an editor and cannot be changed', async () => {
  const client = await companion();
  const { experimentId } = await client.call('getRun', { runId });
  const file = `${client.baseUrl}/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts/tables/scores 1.csv`;
  const stored = await fetch(file, { method: 'PUT', headers: { authorization: `Bearer ${client.lock.token}` }, body: 'a,b\n1,2\n' });
  assert.equal(stored.status, 200);
  await vscode.commands.executeCommand('slipway.openArtifact', { runId, path: 'tables/scores 1.csv' });
  const document = await eventually('the artifact is open', () => {
    const shown = vscode.window.activeTextEditor?.document;
    return shown?.uri.scheme === 'slipway-artifact' ? shown : undefined;
  });
  assert.equal(document.getText(), 'a,b\n1,2\n');
  assert.equal(vscode.workspace.fs.isWritableFileSystem('slipway-artifact'), false);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

test('the history of a cell lists its executions and shows the chosen one', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 0, 2);
  await captured(4);
  const editor = vscode.window.activeNotebookEditor;
  assert.ok(editor);
  editor.selections = [new vscode.NotebookRange(1, 2)];
  void vscode.commands.executeCommand('slipway.showCellHistory');
  const text = await eventually('the chosen execution is shown', async () => {
    // The list may not be there yet: then nothing is accepted.
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    const shown = vscode.window.activeTextEditor?.document;
    return shown?.uri.scheme === 'slipway' ? shown.getText() : undefined;
  });
  assert.match(text, /^# Cell 2\n/);
  assert.match(text, /rate 0\.75/);
});
