import { type NotebookCell, NotebookEdit, window, workspace, WorkspaceEdit } from 'vscode';
import { z } from 'zod';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { CallOutput } from '../../server/contract/api.ts';
import { directionByName } from '../../server/contract/metricDirection.ts';
import type { App } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { asMetric } from '../vscode/format.ts';
import { askText, chosen } from '../vscode/prompts.ts';
import { cellId, cellTags } from './cellIdentity.ts';
import { cellOf } from './cellHistory.ts';
import { recordedPath } from './recordedFile.ts';

type Kept = CallOutput<'keepMetrics'>;

const keepSubject = z.object({ name: z.string() });
const title = 'Slipway: Keep as Metric';
const bareNumber = /^(?:np\.\w+\()?[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\)?$/;
const longestNumber = 60;

/** Whether a cell has returned one number that is no metric yet: its last line says no name of one. */
export function returnsNumber(cell: NotebookCell): boolean {
  if (cell.executionSummary?.success !== true || cellTags(cell).some((tag) => tag.startsWith('metric'))) {
    return false;
  }
  const results = cell.outputs.flatMap(({ items }) => items.filter(({ mime }) => mime === 'text/plain'));
  const [only] = results;
  const lastLine = cell.document.lineAt(Math.max(0, cell.document.lineCount - 1)).text;
  const called = /([A-Za-z_]\w*)\s*(?:\(.*\))?\s*$/.exec(lastLine)?.[1];
  return results.length === 1 && only !== undefined && only.data.byteLength <= longestNumber && bareNumber.test(new TextDecoder().decode(only.data).trim()) && directionByName(called ?? '') === undefined;
}

/** Takes the numbers of a cell's outputs as metrics of the captured run, and tags the cell so that it gives them each time. */
export async function keepAsMetric(app: App, subject: unknown): Promise<Kept | undefined> {
  const cell = cellOf(subject);
  if (cell === undefined) {
    void window.showInformationMessage('Select a cell of a notebook first.');
    return undefined;
  }
  const runId = app.notebooks.state(cell.notebook).progress.runId ?? (await app.connection.call('getNotebookResults', { notebook: recordedPath(cell.notebook) })).runId;
  if (runId === undefined) {
    void window.showInformationMessage('Run the cell first: the captured run takes the metric.');
    return undefined;
  }
  const kept = await keep(app, { runId, cellId: cellId(cell) }, subjectAs(keepSubject, subject)?.name);
  if (kept === undefined) {
    return undefined;
  }
  await addTag(cell, kept.tag);
  const said = Object.entries(kept.metrics).map(([name, value]) => `${name} ${asMetric(value)}`);
  const shown = [...said.slice(0, 5), ...(said.length > 5 ? [`and ${said.length - 5} more`] : [])].join(', ');
  void window.showInformationMessage(`Kept ${shown}. The cell has the tag "${kept.tag}" and gives it each time that it runs.`);
  return kept;
}

/** Asks for a name where the outputs give none. */
async function keep({ connection }: App, cell: { readonly runId: string; readonly cellId: string }, given: string | undefined): Promise<Kept | undefined> {
  try {
    return await connection.call('keepMetrics', { ...cell, ...(given === undefined ? {} : { name: given }) });
  } catch (error) {
    if (given !== undefined || !CallFailure.is(error, 'invalid-input') || error.field !== 'name') {
      throw error;
    }
  }
  const check = (text: string): string | undefined => (/^[\w\-. /@]{1,250}$/.test(text.trim()) ? undefined : 'Letters, digits and _-. /@ only.');
  const name = chosen(await askText({ title, prompt: 'Name of the number that the cell ends with', placeholder: 'test_accuracy', check }));
  return name === undefined ? undefined : connection.call('keepMetrics', { ...cell, name: name.trim() });
}

async function addTag(cell: NotebookCell, tag: string): Promise<void> {
  const tags = cellTags(cell);
  if (tags.includes(tag)) {
    return;
  }
  const inner = z.object({ metadata: z.record(z.string(), z.unknown()).catch({}) }).catch({ metadata: {} }).parse(cell.metadata);
  const edit = new WorkspaceEdit();
  edit.set(cell.notebook.uri, [NotebookEdit.updateCellMetadata(cell.index, { ...cell.metadata, metadata: { ...inner.metadata, tags: [...tags, tag] } })]);
  await workspace.applyEdit(edit);
}
