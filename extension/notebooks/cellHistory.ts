import path from 'node:path';
import { type NotebookCell, NotebookCellKind, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { Connection } from '../companion/connection.ts';
import type { CellHistoryEntry } from '../../server/contract/captures.ts';
import { subjectAs } from '../vscode/commands.ts';
import { asAge, asDuration } from '../vscode/format.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { showText } from '../vscode/readonlyText.ts';
import { notebookType } from './attachment.ts';
import { cellId } from './cellIdentity.ts';
import { executionText, historyText } from './executionText.ts';

/** The cell that a menu was opened on, else the selected one. */
function cellOf(subject: unknown): NotebookCell | undefined {
  const editor = window.activeNotebookEditor;
  if (editor?.notebook.notebookType !== notebookType) {
    return undefined;
  }
  const given = editor.notebook.getCells().find((cell) => cell === subject);
  const [selected] = editor.selections;
  return given ?? (selected === undefined || selected.start >= editor.notebook.cellCount ? undefined : editor.notebook.cellAt(selected.start));
}

function toChoice(entry: CellHistoryEntry, older: CellHistoryEntry | undefined, isFirst: boolean): Choice<CellHistoryEntry> {
  const { startedAt, endedAt, success, firstLine, figures, runName } = entry;
  const facts = [
    asDuration(endedAt - startedAt),
    ...(success ? [] : ['failed']),
    ...(older !== undefined && older.sourceDigest !== entry.sourceDigest ? ['source changed'] : []),
    ...(figures === 0 ? [] : [figures === 1 ? '1 figure' : `${figures} figures`]),
  ];
  return {
    label: asAge(startedAt),
    description: facts.join(' · '),
    detail: firstLine ?? 'No text output',
    icon: success ? 'pass' : 'error',
    group: runName,
    selected: isFirst,
    value: entry,
  };
}

/** Executions that one document holds. */
const mostTogether = 50;
const everything = Symbol('all');

/** Lists a cell's executions across captured runs and shows the chosen one. */
export async function showCellHistory({ connection }: App, subject: unknown): Promise<void> {
  const cell = cellOf(subject);
  if (cell === undefined || cell.kind !== NotebookCellKind.Code) {
    void window.showInformationMessage('Select a code cell of a Jupyter notebook first.');
    return;
  }
  const notebook = cell.notebook.uri.fsPath;
  const { executions } = await connection.call('getCellHistory', { notebook, cellId: cellId(cell) });
  if (executions.length === 0) {
    void window.showInformationMessage('No execution of this cell has been recorded yet.');
    return;
  }
  const all: Choice<typeof everything> = {
    label: 'All of them, below each other',
    description: executions.length > mostTogether ? `the latest ${mostTogether}` : '',
    icon: 'list-flat',
    value: everything,
  };
  const choices: Choice<CellHistoryEntry | typeof everything>[] = [...(executions.length > 1 ? [all] : []), ...executions.map((entry, index) => toChoice(entry, executions[index + 1], index === 0))];
  const title = `Slipway: History of Cell ${cell.index + 1} of ${path.basename(notebook)}`;
  const picked = chosen(await pickOne({ title, placeholder: 'Which execution?' }, choices));
  if (picked === everything) {
    const name = `History of cell ${cell.index + 1} of ${path.basename(notebook)}`;
    const together = await Promise.all(
      executions.slice(0, mostTogether).map(async ({ runId, sequence, runName }) => ({ execution: await connection.call('getCellExecution', { runId, sequence }), runName })),
    );
    await showText(`${name}.md`, historyText(name, together), 'markdown');
  } else if (picked !== undefined) {
    await showOne(connection, picked, picked.runName);
  }
}

async function showOne(connection: Connection, { runId, sequence }: z.infer<typeof executionSubject>, runName: string): Promise<void> {
  const execution = await connection.call('getCellExecution', { runId, sequence });
  await showText(`Cell ${execution.cellIndex + 1}, ${runName.replaceAll('/', '-')}, ${sequence}.md`, executionText(execution, runName), 'markdown');
}

const executionSubject = z.object({ runId: z.string(), sequence: z.number().int() });

/** Shows one execution of a captured run: when, how long, its source and its outputs. */
export async function showExecution({ connection }: App, subject: unknown): Promise<void> {
  const known = subjectAs(executionSubject, subject);
  if (known !== undefined) {
    await showOne(connection, known, (await connection.call('getRun', { runId: known.runId })).name);
  }
}
