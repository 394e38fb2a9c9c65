import type { Kernel } from '@vscode/jupyter-extension';
import { CancellationTokenSource, type NotebookCell, type NotebookDocument, NotebookCellKind, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { askModelName } from '../registry/modelName.ts';
import { offerNext } from '../registry/registerModel.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel } from '../vscode/progress.ts';
import type { Answer } from '../vscode/prompts.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { cellTags } from './cellIdentity.ts';
import { executeCell, insertCell, skipTag, slipwayTag } from './insertCell.ts';
import { jupyterKernel } from './jupyterKernel.ts';
import { readKernelVariables } from './kernelVariables.ts';
import { activeNotebook } from './notebookOf.ts';
import { assignedNames } from './pythonNames.ts';
import { recordedPath } from './recordedFile.ts';
import { indexAfterAssignment, registerCellSource } from './registerCell.ts';
import { askExampleVariable, askModelVariable, type Variables } from './variablePrompts.ts';

/** What can be given beforehand; the rest is asked. An empty example means none. */
const registerSubject = z.object({ variable: z.string().optional(), name: z.string().optional(), example: z.string().optional() });

interface Draft {
  readonly variable?: string | undefined;
  readonly name?: string | undefined;
  readonly example?: string | undefined;
}

const title = 'Slipway: Register Model from Notebook';

/** Registers a variable of the running kernel, by a small cell that the user sees. */
export async function registerFromNotebook(app: App, subject: unknown): Promise<{ name: string; version: number } | undefined> {
  const notebook = await activeNotebook(title);
  if (notebook === undefined) {
    return undefined;
  }
  const kernel = await jupyterKernel(notebook);
  if (kernel !== undefined && kernel.language !== 'python') {
    void window.showInformationMessage(`Slipway registers models of Python kernels; the kernel of this notebook runs ${kernel.language}.`);
    return undefined;
  }
  const draft = await askDraft(app, notebook, kernel, subjectAs(registerSubject, subject) ?? {});
  if (draft?.variable === undefined || draft.name === undefined) {
    return undefined;
  }
  return register(app, notebook, { variable: draft.variable, name: draft.name, example: draft.example === '' ? undefined : draft.example });
}

/** Asks what was not given; the kernel is asked when the first question needs it. */
async function askDraft(app: App, notebook: NotebookDocument, kernel: Kernel | undefined, given: Draft): Promise<Draft | undefined> {
  const leaving = new CancellationTokenSource();
  let read: Promise<Variables> | undefined;
  const variables = (): Promise<Variables> => {
    read ??= (async () => ({ assigned: namesOf(notebook), kernel: kernel === undefined ? undefined : await readKernelVariables(kernel, app.context.extensionUri, leaving.token) }))();
    return read;
  };
  try {
    return await runSteps<Draft>(given, [
      async (draft, place) => (draft.variable === undefined ? filled(await askModelVariable(title, variables(), place), (variable) => ({ ...draft, variable })) : skip),
      async (draft, place) => (draft.name === undefined ? filled(await askModelName(app.connection, title, { notebook: recordedPath(notebook) }, place), (name) => ({ ...draft, name })) : skip),
      async (draft, place) => (draft.example === undefined ? filled(await askExampleVariable(title, variables(), draft.variable, place), (example) => ({ ...draft, example })) : skip),
    ]);
  } finally {
    leaving.cancel();
    leaving.dispose();
  }
}

async function register(app: App, notebook: NotebookDocument, wanted: { variable: string; name: string; example: string | undefined }): Promise<{ name: string; version: number } | undefined> {
  const { name, variable } = wanted;
  const connect = (await app.connection.call('getNotebookConnection', { notebook: recordedPath(notebook) })).cell;
  const before = await latestVersion(app, name);
  const cell = await insertCell(notebook, indexFor(notebook, variable), registerCellSource({ ...wanted, connect }), [skipTag]);
  const version = await withCancel(`Registering ${variable} as ${name}`, async (signal) => {
    const success = await executeCell(cell, signal);
    return success === true ? latestVersion(app, name) : undefined;
  });
  if (version === undefined || version === before) {
    void window.showWarningMessage(`${variable} was not registered. The cell that tried it says why.`);
    return undefined;
  }
  void offerNext({ name, version });
  return { name, version };
}

/** The highest version of a model; 0 when it has none. */
async function latestVersion({ connection }: App, name: string): Promise<number> {
  const { models } = await connection.call('listModels', {});
  return Math.max(0, ...(models.find((model) => model.name === name)?.versions ?? []).map(({ version }) => version));
}

function indexFor(notebook: NotebookDocument, variable: string): number {
  const assigned = indexAfterAssignment(notebook.getCells().map((cell) => (cell.kind === NotebookCellKind.Code ? cell.document.getText() : undefined)), variable);
  if (assigned !== undefined) {
    return assigned;
  }
  const editor = window.activeNotebookEditor;
  return editor?.notebook === notebook ? (editor.selections[0]?.end ?? notebook.cellCount) : notebook.cellCount;
}

/** Names that executed cells assigned, the latest first; of all cells where none was executed in this session. */
function namesOf(notebook: NotebookDocument): string[] {
  const cells = notebook.getCells().filter((cell) => cell.kind === NotebookCellKind.Code && !cellTags(cell).includes(slipwayTag));
  const executed = cells.filter(({ executionSummary }) => executionSummary?.success === true);
  const order = (cell: NotebookCell): number => cell.executionSummary?.executionOrder ?? cell.index;
  const used = [...(executed.length > 0 ? executed : cells)].sort((a, b) => order(b) - order(a));
  return [...new Set(used.flatMap((cell) => assignedNames(cell.document.getText())))];
}

function filled(answer: Answer<string>, fill: (text: string) => Draft): Answer<Draft> {
  return typeof answer === 'string' ? fill(answer) : answer;
}
