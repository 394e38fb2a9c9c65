import { NotebookEditorRevealType, NotebookRange, Uri, window, workspace } from 'vscode';
import { z } from 'zod';
import { cellReference } from '../../server/contract/tracking.ts';
import { subjectAs } from '../vscode/commands.ts';
import { cellId } from './cellIdentity.ts';

/** Shows the cell that a run or a model version came from: by its id, else at its place then. */
export async function openNotebookCell(subject: unknown): Promise<void> {
  const reference = subjectAs(cellReference, subject) ?? subjectAs(z.object({ cell: cellReference }), subject)?.cell;
  if (reference === undefined) {
    void window.showInformationMessage('No notebook cell is known for this.');
    return;
  }
  const uri = fileUri(reference.notebook);
  const isThere = await workspace.fs.stat(uri).then(() => true, () => false);
  if (!isThere) {
    void window.showWarningMessage(`${reference.notebook} is no longer there.`);
    return;
  }
  if (uri.path.endsWith('.py')) {
    // A script is one cell.
    await window.showTextDocument(uri);
    return;
  }
  const notebook = await workspace.openNotebookDocument(uri);
  const cell = notebook.getCells().find((candidate) => cellId(candidate) === reference.cellId);
  const index = cell?.index ?? Math.min(reference.cellIndex, Math.max(0, notebook.cellCount - 1));
  const range = new NotebookRange(index, index + 1);
  const editor = await window.showNotebookDocument(notebook, { selections: [range] });
  editor.revealRange(range, NotebookEditorRevealType.InCenterIfOutsideViewport);
}

/** A path of the companion's machine, in the way that this window's workspace names files. */
export function fileUri(file: string): Uri {
  const [folder] = workspace.workspaceFolders ?? [];
  return folder === undefined ? Uri.file(file) : folder.uri.with({ path: Uri.file(file).path });
}
