import { type NotebookDocument, window, workspace } from 'vscode';
import { isWork } from './recordedFile.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';

/** The active Jupyter notebook, else the one that the user picks of those that are open. */
export async function activeNotebook(title: string): Promise<NotebookDocument | undefined> {
  const active = window.activeNotebookEditor?.notebook;
  if (active !== undefined && isWork(active)) {
    return active;
  }
  const open = workspace.notebookDocuments.filter((notebook) => isWork(notebook) && !notebook.isClosed);
  if (open.length <= 1) {
    if (open[0] === undefined) {
      void window.showInformationMessage('Open a Jupyter notebook first.');
    }
    return open[0];
  }
  const choices = open.map((notebook) => ({ label: workspace.asRelativePath(notebook.uri), icon: 'notebook', value: notebook }));
  return chosen(await pickOne({ title, placeholder: 'Which notebook?' }, choices));
}
