import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { type CompanionClient, createCompanionClient } from '../../../server/client/companionClient.ts';
import { dataHomePath } from '../../../server/platform/dataHome.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { eventually } from '../../harness/vscode/suite.ts';

/** A client of the companion that the extension under test uses, once one runs. */
export async function companion(): Promise<CompanionClient> {
  return createCompanionClient(await eventually('a companion answers', () => discoverCompanion(dataHomePath())));
}

/** Activates Slipway as VS Code does for the first command. */
export async function slipway(): Promise<vscode.Extension<unknown>> {
  const extension = vscode.extensions.getExtension('slipway.slipway');
  assert.ok(extension, 'Slipway is installed');
  await extension.activate();
  return extension;
}

/** Opens a notebook of the workspace in an editor. */
export async function openNotebook(name = 'work.ipynb'): Promise<vscode.NotebookDocument> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'a workspace is open');
  const notebook = await vscode.workspace.openNotebookDocument(vscode.Uri.joinPath(folder.uri, name));
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

/** Runs cells and waits until the last of them has ended. */
export async function execute(notebook: vscode.NotebookDocument, start: number, end = start + 1): Promise<void> {
  const last = notebook.cellAt(end - 1);
  const before = last.executionSummary?.timing?.endTime ?? 0;
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start, end }], document: notebook.uri });
  await eventually('the cells end', () => ((last.executionSummary?.timing?.endTime ?? 0) > before ? true : undefined), 90_000);
}

/** Path of a file of the workspace on the machine where the extension runs. */
export function workspacePath(name: string): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'a workspace is open');
  return path.join(folder.uri.fsPath, name);
}
