import path from 'node:path';
import { commands, type NotebookCell, NotebookCellKind, type Uri, window } from 'vscode';
import { z } from 'zod';
import { plural } from '../../server/contract/format/plural.ts';
import type { App } from '../app.ts';
import type { CellHistoryEntry } from '../../server/contract/notebooks.ts';
import { subjectAs } from '../vscode/commands.ts';
import { formatAge, formatDuration } from '../../server/contract/format/durations.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { isWork, notebookType, recordedPath } from './recordedFile.ts';
import { cellId } from './cellIdentity.ts';
import { cellHistoryUri, executionUri } from './executionFiles.ts';

/** The cell that a menu was opened on, else the selected one. */
export function cellOf(subject: unknown): NotebookCell | undefined {
  const editor = window.activeNotebookEditor;
  if (editor === undefined || !isWork(editor.notebook)) {
    return undefined;
  }
  const given = editor.notebook.getCells().find((cell) => cell === subject);
  const [selected] = editor.selections;
  return given ?? (selected === undefined || selected.start >= editor.notebook.cellCount ? undefined : editor.notebook.cellAt(selected.start));
}

function toChoice(entry: CellHistoryEntry, older: CellHistoryEntry | undefined, isFirst: boolean): Choice<CellHistoryEntry> {
  const { startedAt, endedAt, success, firstLine, figures, runName } = entry;
  const facts = [
    formatDuration(endedAt - startedAt),
    ...(success ? [] : ['failed']),
    ...(older !== undefined && older.sourceDigest !== entry.sourceDigest ? ['source changed'] : []),
    ...(figures === 0 ? [] : [plural(figures, 'figure')]),
  ];
  return {
    label: formatAge(startedAt),
    description: facts.join(' · '),
    detail: firstLine ?? 'No text output',
    icon: success ? 'pass' : 'error',
    group: runName,
    selected: isFirst,
    value: entry,
  };
}

const everything = Symbol('all');

/** Shows what was recorded as a notebook, so that tables and figures show as they did. */
async function openRecord(uri: Uri): Promise<void> {
  await commands.executeCommand('vscode.openWith', uri, notebookType);
}

/** Lists a cell's executions across captured runs and shows the chosen one. */
export async function showCellHistory({ connection }: App, subject: unknown): Promise<void> {
  const cell = cellOf(subject);
  if (cell === undefined || cell.kind !== NotebookCellKind.Code) {
    void window.showInformationMessage('Select a code cell of a Jupyter notebook first.');
    return;
  }
  const notebook = recordedPath(cell.notebook);
  const { executions, total } = await connection.call('getCellHistory', { notebook, cellId: cellId(cell) });
  if (executions.length === 0) {
    void window.showInformationMessage('No execution of this cell has been recorded yet.');
    return;
  }
  const all: Choice<typeof everything> = { label: 'All of them, below each other', icon: 'list-flat', value: everything };
  const choices: Choice<CellHistoryEntry | typeof everything>[] = [...(executions.length > 1 ? [all] : []), ...executions.map((entry, index) => toChoice(entry, executions[index + 1], index === 0))];
  const title = `Slipway: History of Cell ${cell.index + 1} of ${path.basename(notebook)}`;
  const picked = chosen(await pickOne({ title, placeholder: executions.length < total ? `Which execution? The latest ${executions.length} of ${total} are listed` : 'Which execution?' }, choices));
  if (picked === everything) {
    await openRecord(cellHistoryUri({ notebook, cellId: cellId(cell), cellIndex: cell.index }));
  } else if (picked !== undefined) {
    await openRecord(executionUri({ ...picked, cellIndex: cell.index }));
  }
}

const executionSubject = z.object({ runId: z.string(), sequence: z.number().int() });

/** Shows one execution of a captured run: when, how long, its source and its outputs. */
export async function showExecution({ connection }: App, subject: unknown): Promise<void> {
  const known = subjectAs(executionSubject, subject);
  if (known !== undefined) {
    const [{ cellIndex }, { name }] = await Promise.all([connection.call('getCellExecution', known), connection.call('getRun', { runId: known.runId })]);
    await openRecord(executionUri({ ...known, cellIndex, runName: name }));
  }
}
