import { type NotebookCell as Cell, NotebookCellKind, type NotebookDocument } from 'vscode';
import type { NotebookCell } from '../../server/contract/notebooks.ts';
import { cellId, cellTags } from './cellIdentity.ts';

const mostCells = 5000;
const mostTags = 100;
const longestTag = 200;

interface Known {
  readonly version: number;
  readonly language: string;
  readonly metadata: unknown;
  readonly recorded: NotebookCell;
}

function toRecorded(cell: Cell): NotebookCell {
  return {
    cellId: cellId(cell),
    kind: cell.kind === NotebookCellKind.Code ? 'code' : 'markdown',
    language: cell.document.languageId,
    tags: cellTags(cell)
      .slice(0, mostTags)
      .map((tag) => tag.slice(0, longestTag)),
    source: cell.document.getText(),
  };
}

function isSame(one: NotebookCell, other: NotebookCell): boolean {
  return one.cellId === other.cellId && one.kind === other.kind && one.tags.length === other.tags.length && one.tags.every((tag, index) => tag === other.tags[index]);
}

/**
 * Reads the cells of notebooks as they are now, for the record. It is asked before each execution, so that a cell which has not
 * changed is the same object as before. VS Code writes the count of each execution into the metadata of its cell: that is no change.
 */
export function createCellReader(): (notebook: NotebookDocument) => NotebookCell[] {
  const known = new WeakMap<Cell, Known>();
  return (notebook) =>
    notebook
      .getCells()
      .slice(0, mostCells)
      .map((cell) => {
        const { metadata, document } = cell;
        const last = known.get(cell);
        if (last?.version === document.version && last.metadata === metadata && last.language === document.languageId) {
          return last.recorded;
        }
        const read = toRecorded(cell);
        const isUnchanged = last?.version === document.version && last.language === document.languageId && isSame(last.recorded, read);
        const recorded = isUnchanged ? last.recorded : read;
        known.set(cell, { version: document.version, language: document.languageId, metadata, recorded });
        return recorded;
      });
}

/** Whether two readings of {@link createCellReader} found the same. */
export function sameCells(before: readonly NotebookCell[] | undefined, after: readonly NotebookCell[]): boolean {
  return before?.length === after.length && after.every((cell, index) => cell === before[index]);
}
