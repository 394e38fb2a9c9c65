import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, execute, openNotebook, workspacePath } from './insideHost.ts';
import { mlflowCalls } from '../../server/tracking/mlflowCalls.ts';

const scheme = 'slipway-notebook';
/** The picture that the notebook's last cell shows. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

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
    ['password = "••••••"', false],
    ['print("as", password)\npassword', false],
    ['raise ValueError(password)', false],
    [`import base64\nfrom IPython.display import Image\nImage(base64.b64decode("${dot}"))`, false],
  ]);
});

test('it opens as of a run, with its outputs of then, and cannot be changed', async () => {
  const notebook = await openNotebook();
  await replaceSource(notebook.cellAt(0), 'rate = 0.75');
  await vscode.commands.executeCommand('slipway.openNotebookAtRun', { runId });
  const then = await eventually('the notebook as of the run is open', () =>
    vscode.workspace.notebookDocuments.find(({ uri, cellCount }) => uri.scheme === scheme && cellCount === 6),
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

/** What VS Code's notebook diff compares of a cell. */
function comparedOf(notebook: vscode.NotebookDocument): unknown[] {
  return notebook.getCells().map(({ document, metadata, outputs }) => ({
    source: document.getText(),
    language: document.languageId,
    metadata,
    outputs: outputs.map(({ items, metadata: known }) => [known, items.map(({ mime, data }) => [mime, Buffer.from(data).toString('base64')])]),
  }));
}

test('a notebook that has not changed has no change in the diff, its secrets and errors included', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 2, 4);
  await execute(notebook, 4);
  await captured(5);
  await eventually('VS Code has written the counts', () => (notebook.cellAt(4).metadata['execution_count'] === 5 ? true : undefined));
  await vscode.commands.executeCommand('slipway.compareNotebookWithRun', { runId });
  const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  assert.ok(shown instanceof vscode.TabInputNotebookDiff);
  const original = await vscode.workspace.openNotebookDocument(shown.original);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  assert.equal(JSON.stringify(original.metadata), JSON.stringify(notebook.metadata));
  const [changed, ...same] = comparedOf(original);
  const [changedNow, ...sameNow] = comparedOf(notebook);
  assert.notDeepEqual(changed, changedNow);
  assert.deepEqual(same, sameNow);
  assert.equal(original.cellAt(2).document.getText(), 'password = "hunter2-abcdef"');
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
  await mlflowCalls(client).upload(`${experimentId}/${runId}/artifacts/tables/scores 1.csv`, 'a,b\n1,2\n');
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
  await captured(7);
  const editor = vscode.window.activeNotebookEditor;
  assert.ok(editor);
  editor.selections = [new vscode.NotebookRange(1, 2)];
  void vscode.commands.executeCommand('slipway.showCellHistory');
  const shown = await eventually('the chosen execution is shown', async () => {
    // The list may not be there yet: then nothing is accepted.
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    const open = vscode.window.activeNotebookEditor?.notebook;
    return open?.uri.scheme === scheme && open.uri.path.includes('/execution/') ? open : undefined;
  });
  assert.match(shown.cellAt(0).document.getText(), /cell 2 · .* · succeeded/);
  assert.deepEqual(shown.cellAt(1).outputs.map(textOf), ['rate 0.75', '1.5']);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

function textOf({ items }: vscode.NotebookCellOutput): string {
  return items.map(({ data }) => new TextDecoder().decode(data).trim()).join();
}

test('all executions of a cell show below each other, with their figures', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 5);
  await captured(8);
  await replaceSource(notebook.cellAt(5), 'from IPython.display import SVG\nSVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>")');
  await execute(notebook, 5);
  await captured(9);
  const list = async (): Promise<void> => {
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(5, 6)] });
    void vscode.commands.executeCommand('slipway.showCellHistory');
  };
  await list();
  const shown = await eventually('the executions are shown', async () => {
    // The list may not be there yet: then nothing is accepted. Where it comes after the first command, the last execution is.
    await vscode.commands.executeCommand('quickInput.first');
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    const open = vscode.window.activeNotebookEditor?.notebook;
    if (open?.uri.scheme !== scheme || open.uri.path.startsWith('/history/')) {
      return open?.uri.scheme === scheme ? open : undefined;
    }
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await list();
    return undefined;
  });
  assert.deepEqual(shown.getCells().map(({ kind, outputs }) => [kind, outputs.flatMap(({ items }) => items.map(({ mime }) => mime))]), [
    [vscode.NotebookCellKind.Markup, []],
    [vscode.NotebookCellKind.Code, ['image/svg+xml', 'text/plain']],
    [vscode.NotebookCellKind.Markup, []],
    [vscode.NotebookCellKind.Code, ['image/png', 'text/plain']],
  ]);
  assert.match(shown.cellAt(0).document.getText(), /source changed/);
  const png = shown.cellAt(3).outputs[0]?.items.find(({ mime }) => mime === 'image/png');
  assert.equal(Buffer.from(png?.data ?? []).toString('base64'), dot);
});
