import { commands, type NotebookCell, NotebookCellData, NotebookCellKind, type NotebookDocument, NotebookEdit, NotebookRange, window, workspace, WorkspaceEdit } from 'vscode';

/** Tag of the cells that Slipway writes. */
export const slipwayTag = 'slipway';

/** Jupyter's tag of cells that those who execute a notebook headless pass over (nbclient's `skip_cells_with_tag`), as `slipway run` does. */
export const skipTag = 'skip-execution';

/** Puts a Python cell at an index and shows it. */
export async function insertCell(notebook: NotebookDocument, index: number, source: string, tags: readonly string[] = []): Promise<NotebookCell> {
  const data = new NotebookCellData(NotebookCellKind.Code, source, 'python');
  data.metadata = { metadata: { tags: [slipwayTag, ...tags] } };
  const edit = new WorkspaceEdit();
  edit.set(notebook.uri, [NotebookEdit.insertCells(index, [data])]);
  await workspace.applyEdit(edit);
  const range = new NotebookRange(index, index + 1);
  const editor = await window.showNotebookDocument(notebook, { selections: [range] });
  editor.revealRange(range);
  return notebook.cellAt(index);
}

/** Replaces the source of a cell. */
export async function replaceCell(cell: NotebookCell, source: string): Promise<void> {
  const data = new NotebookCellData(NotebookCellKind.Code, source, 'python');
  data.metadata = { ...cell.metadata };
  const edit = new WorkspaceEdit();
  edit.set(cell.notebook.uri, [NotebookEdit.replaceCells(new NotebookRange(cell.index, cell.index + 1), [data])]);
  await workspace.applyEdit(edit);
}

/**
 * Runs a cell and waits until it has ended; asks for a kernel if none is chosen.
 * @returns whether it succeeded; undefined when it did not run in time
 */
export async function executeCell(cell: NotebookCell, signal: AbortSignal): Promise<boolean | undefined> {
  const before = cell.executionSummary?.timing?.endTime ?? 0;
  const ended = new Promise<boolean | undefined>((resolve) => {
    const listener = workspace.onDidChangeNotebookDocument(({ notebook }) => {
      const summary = notebook === cell.notebook ? cell.executionSummary : undefined;
      if (summary !== undefined && typeof summary.success === 'boolean' && (summary.timing?.endTime ?? Date.now()) > before) {
        listener.dispose();
        resolve(summary.success);
      }
    });
    signal.addEventListener('abort', () => {
      listener.dispose();
      resolve(undefined);
    });
  });
  await commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri });
  return ended;
}
