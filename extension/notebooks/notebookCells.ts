import { NotebookCellKind, type NotebookDocument } from 'vscode';
import type { NotebookCell } from '../../server/contract/captures.ts';
import { cellId, cellTags } from './cellIdentity.ts';

const mostCells = 5000;
const mostTags = 100;
const longestTag = 200;

/** The cells of a notebook as they are now, for the record. */
export function notebookCells(notebook: NotebookDocument): NotebookCell[] {
  return notebook
    .getCells()
    .slice(0, mostCells)
    .map((cell) => ({
      cellId: cellId(cell),
      kind: cell.kind === NotebookCellKind.Code ? 'code' : 'markdown',
      language: cell.document.languageId,
      tags: cellTags(cell)
        .slice(0, mostTags)
        .map((tag) => tag.slice(0, longestTag)),
      source: cell.document.getText(),
    }));
}
