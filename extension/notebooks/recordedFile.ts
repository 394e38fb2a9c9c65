import { type NotebookDocument, Uri } from 'vscode';
import { z } from 'zod';
import { recordScheme } from './recordScheme.ts';

/** VS Code's type of Jupyter notebooks. */
export const notebookType = 'jupyter-notebook';
/** VS Code's type of the Interactive Window, which runs the `# %%` cells of Python files. */
export const interactiveType = 'interactive';

/** What the Jupyter extension keeps with a cell of the Interactive Window (github.com/microsoft/vscode-jupyter, `InteractiveCellMetadata`). */
const interactiveCell = z.object({ interactive: z.object({ uristring: z.string() }) });

/** Whether executions of a notebook can be recorded: a Jupyter notebook or an Interactive Window, and not the record of one. */
export function isWork({ notebookType: type, uri }: NotebookDocument): boolean {
  return (type === notebookType || type === interactiveType) && uri.scheme !== recordScheme;
}

/**
 * The file whose executions a notebook's are: its own, or the Python file that the latest cell of an Interactive Window came from.
 * @returns undefined where there is none on disk yet
 */
export function recordedFile(notebook: NotebookDocument): Uri | undefined {
  if (notebook.notebookType !== interactiveType) {
    return notebook.isUntitled ? undefined : notebook.uri;
  }
  const files = notebook.getCells().flatMap(({ metadata }) => {
    const file = interactiveCell.safeParse(metadata).data?.interactive.uristring;
    const uri = file === undefined ? undefined : Uri.parse(file);
    return uri === undefined || uri.scheme === 'untitled' ? [] : [uri];
  });
  return files.at(-1);
}

/** Its path; what VS Code calls the notebook where it has no file. */
export function recordedPath(notebook: NotebookDocument): string {
  return (recordedFile(notebook) ?? notebook.uri).fsPath;
}
