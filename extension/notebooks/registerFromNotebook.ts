import { type NotebookCell, type NotebookDocument, NotebookCellKind, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { offerNext } from '../registry/registerModel.ts';
import { checkModelName } from '../registry/versionPrompts.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel } from '../vscode/progress.ts';
import { type Answer, askText, type Choice, pickOne, type Place } from '../vscode/prompts.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { cellTags } from './cellIdentity.ts';
import { executeCell, insertCell, slipwayTag } from './insertCell.ts';
import { activeNotebook } from './notebookOf.ts';
import { assignedNames, inputNames, isPythonName, rankModelNames } from './pythonNames.ts';
import { registerCellSource } from './registerCell.ts';

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
  const names = namesOf(notebook);
  const draft = await runSteps<Draft>(subjectAs(registerSubject, subject) ?? {}, [
    async (current, place) => (current.variable === undefined ? askVariable(names, current, place) : skip),
    async (current, place) => (current.name === undefined ? askName(app, current, place) : skip),
    async (current, place) => (current.example === undefined ? askExample(names, current, place) : skip),
  ]);
  if (draft?.variable === undefined || draft.name === undefined) {
    return undefined;
  }
  return register(app, notebook, { variable: draft.variable, name: draft.name, example: draft.example === '' ? undefined : draft.example });
}

async function register(app: App, notebook: NotebookDocument, wanted: { variable: string; name: string; example: string | undefined }): Promise<{ name: string; version: number } | undefined> {
  const { name, variable } = wanted;
  const connect = (await app.connection.call('getNotebookConnection', { notebook: notebook.uri.fsPath })).cell;
  const before = await latestVersion(app, name);
  const cell = await insertCell(notebook, indexAfterSelection(notebook), registerCellSource({ ...wanted, connect }));
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

function indexAfterSelection(notebook: NotebookDocument): number {
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

const other = Symbol('other');
const checkVariable = (text: string): string | undefined => (isPythonName(text) ? undefined : 'Type the name of a variable, such as model.');

async function askVariable(names: readonly string[], draft: Draft, place: Place): Promise<Answer<Draft>> {
  if (names.length > 0) {
    const choices: Choice<string | typeof other>[] = [
      ...rankModelNames(names).map((name) => ({ label: name, icon: 'symbol-variable', value: name })),
      { label: 'Another variable…', icon: 'edit', value: other },
    ];
    const answer = await pickOne<string | typeof other>({ title, placeholder: 'Which variable holds the trained model?', ...place }, choices);
    if (answer !== other) {
      return typeof answer === 'string' ? { ...draft, variable: answer } : answer;
    }
  }
  const variable = await askText({ title, prompt: 'Variable that holds the trained model', check: checkVariable, ...place });
  return typeof variable === 'string' ? { ...draft, variable } : variable;
}

async function askName({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const { models } = await connection.call('listModels', {});
  if (models.length > 0) {
    const choices: Choice<string | typeof other>[] = [
      ...models.map(({ name, versions }) => ({ label: name, description: `becomes version ${Math.max(0, ...versions.map(({ version }) => version)) + 1}`, icon: 'package', value: name })),
      { label: 'New model…', icon: 'add', value: other },
    ];
    const answer = await pickOne<string | typeof other>({ title, placeholder: 'As a version of which model?', ...place }, choices);
    if (answer !== other) {
      return typeof answer === 'string' ? { ...draft, name: answer } : answer;
    }
  }
  const name = await askText({ title, prompt: 'Name of the registered model', value: draft.variable, check: checkModelName, ...place });
  return typeof name === 'string' ? { ...draft, name: name.trim() } : name;
}

async function askExample(names: readonly string[], draft: Draft, place: Place): Promise<Answer<Draft>> {
  const candidates = inputNames(names).filter((name) => name !== draft.variable);
  const choices: Choice<string | typeof other>[] = [
    ...candidates.map((name) => ({ label: name, detail: 'Its first 5 rows become the example, and give the signature', icon: 'table', value: name })),
    { label: 'Another variable…', icon: 'edit', value: other },
    { label: 'No example', detail: 'The model then has no signature: inputs are not checked and deployments have no smoke test', icon: 'circle-slash', value: '' },
  ];
  const answer = await pickOne<string | typeof other>({ title, placeholder: 'Which variable holds inputs of the model?', ...place }, choices);
  if (answer !== other) {
    return typeof answer === 'string' ? { ...draft, example: answer } : answer;
  }
  const example = await askText({ title, prompt: 'Variable that holds a table of inputs', check: checkVariable, ...place });
  return typeof example === 'string' ? { ...draft, example } : example;
}
