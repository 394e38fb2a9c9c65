import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { test } from '../../harness/vscode/suite.ts';
import { execute, openNotebook } from './insideHost.ts';

async function runCell(notebook: vscode.NotebookDocument, index: number): Promise<vscode.NotebookCell> {
  await execute(notebook, index);
  return notebook.cellAt(index);
}

function textOf(cell: vscode.NotebookCell): string {
  return cell.outputs.flatMap((output) => output.items.map((item) => new TextDecoder().decode(item.data))).join('');
}

test('a restarted kernel is another process that counts from 1', async () => {
  const notebook = await openNotebook();
  const first = textOf(await runCell(notebook, 0));
  assert.match(first, /^\d+$/);
  const again = await runCell(notebook, 0);
  assert.equal(textOf(again), first);
  assert.equal(again.executionSummary?.executionOrder, 2);
  await vscode.commands.executeCommand('slipwayTestKernel.restart');
  const restarted = await runCell(notebook, 0);
  assert.notEqual(textOf(restarted), first);
  assert.equal(restarted.executionSummary?.executionOrder, 1);
});

test('a cell that raises ends without success and shows the error', async () => {
  const cell = await runCell(await openNotebook(), 1);
  assert.equal(cell.executionSummary?.success, false);
  assert.match(textOf(cell), /ZeroDivisionError/);
});
