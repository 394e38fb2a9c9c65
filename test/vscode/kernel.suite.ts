import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, test } from '../harness/vscode/suite.ts';

async function openNotebook(): Promise<vscode.NotebookDocument> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'a workspace is open');
  const uri = vscode.Uri.file(path.join(folder.uri.fsPath, 'work.ipynb')).with({ scheme: folder.uri.scheme, authority: folder.uri.authority });
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

async function execute(notebook: vscode.NotebookDocument, index: number): Promise<vscode.NotebookCell> {
  const cell = notebook.cellAt(index);
  const before = cell.executionSummary?.timing?.endTime ?? 0;
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: index, end: index + 1 }], document: notebook.uri });
  await eventually('the cell ends', () => ((cell.executionSummary?.timing?.endTime ?? 0) > before ? true : undefined));
  return cell;
}

function textOf(cell: vscode.NotebookCell): string {
  return cell.outputs.flatMap((output) => output.items.map((item) => new TextDecoder().decode(item.data))).join('');
}

test('a restarted kernel is another process that counts from 1', async () => {
  const notebook = await openNotebook();
  const first = textOf(await execute(notebook, 0));
  assert.match(first, /^\d+$/);
  const again = await execute(notebook, 0);
  assert.equal(textOf(again), first);
  assert.equal(again.executionSummary?.executionOrder, 2);
  await vscode.commands.executeCommand('slipwayTestKernel.restart');
  const restarted = await execute(notebook, 0);
  assert.notEqual(textOf(restarted), first);
  assert.equal(restarted.executionSummary?.executionOrder, 1);
});

test('a cell that raises ends without success and shows the error', async () => {
  const cell = await execute(await openNotebook(), 1);
  assert.equal(cell.executionSummary?.success, false);
  assert.match(textOf(cell), /ZeroDivisionError/);
});
