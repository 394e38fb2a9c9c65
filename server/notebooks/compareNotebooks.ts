import type { CellDifference, NotebookCell, NotebookComparison } from '../contract/notebooks.ts';

export interface NotebookCells {
  /** Path. */
  readonly notebook: string;
  readonly cells: readonly NotebookCell[];
}

const longestTitle = 120;

/** Which cells two notebooks do not have alike, in the order of the later one; removed ones come last. Cells are known by their ids. */
export function compareNotebooks(from: NotebookCells | undefined, to: NotebookCells | undefined): NotebookComparison {
  const notebooks = [from, to].flatMap((side) => (side === undefined ? [] : [side.notebook]));
  if (from === undefined || to === undefined) {
    return { recorded: false, notebooks, cells: [], equal: 0 };
  }
  const before = new Map(from.cells.map((cell, index) => [cell.cellId, { cell, index }]));
  const after = new Set(to.cells.map(({ cellId }) => cellId));
  const cells = to.cells.flatMap((cell, index): CellDifference[] => {
    const earlier = before.get(cell.cellId);
    if (earlier === undefined) {
      return [{ ...headOf(cell), change: 'added', to: index }];
    }
    const same = earlier.cell.source === cell.source && earlier.cell.kind === cell.kind && earlier.cell.language === cell.language;
    return same ? [] : [{ ...headOf(cell), change: 'changed', from: earlier.index, to: index }];
  });
  const removed = from.cells.flatMap((cell, index): CellDifference[] => (after.has(cell.cellId) ? [] : [{ ...headOf(cell), change: 'removed', from: index }]));
  return { recorded: true, notebooks, cells: [...cells, ...removed], equal: to.cells.length - cells.length };
}

function headOf({ cellId, kind, source }: NotebookCell): Pick<CellDifference, 'cellId' | 'kind' | 'title'> {
  const title = source.split('\n').find((line) => line.trim() !== '') ?? '';
  return { cellId, kind, title: title.slice(0, longestTitle) };
}
