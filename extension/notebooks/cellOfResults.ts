import { type NotebookCell, type NotebookDocument, window } from 'vscode';
import type { CellResults } from '../../server/contract/notebooks.ts';
import type { NotebookAttachment } from './attachment.ts';
import { cellId } from './cellIdentity.ts';

/** A cell and what its execution led to. */
export interface CellOfResults {
  readonly cell: NotebookCell;
  readonly results: CellResults;
}

/**
 * The cell whose results are meant when none is named: the selected one, else the last that logged a model, else the last that logged a run. VS Code's own
 * items below a cell are out of reach of the keyboard: Tab stays in its editor.
 */
export function cellOfResults(attachment: Pick<NotebookAttachment, 'results'>, notebook: NotebookDocument): CellOfResults | undefined {
  const results = attachment.results(notebook);
  const found = notebook.getCells().flatMap((cell) => {
    const one = results.get(cellId(cell));
    return one === undefined || one.runs.length === 0 ? [] : [{ cell, results: one }];
  });
  const editor = window.activeNotebookEditor;
  const selected = editor?.notebook === notebook ? editor.selections[0]?.start : undefined;
  return found.find(({ cell }) => cell.index === selected) ?? found.findLast((one) => one.results.models.length > 0) ?? found.at(-1);
}
