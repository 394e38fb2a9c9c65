import { Uri, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel } from '../vscode/progress.ts';
import { type Answer, pickOne, type Place } from '../vscode/prompts.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { askModelName } from './modelName.ts';
import { offerNext } from './registerModel.ts';
import { workspacePython } from './workspacePython.ts';

/** What can be given beforehand; the rest is asked. `example` is null for none. */
const fileSubject = z.object({ file: z.string(), model: z.string().optional(), example: z.string().nullish(), python: z.string().optional() });

interface Draft {
  readonly name?: string;
  /** Null for none. */
  readonly example?: string | null;
}

const title = 'Slipway: Register Model File';
const extensions = ['joblib', 'pkl', 'pickle', 'skops', 'onnx', 'json', 'ubj', 'txt', 'cbm'];

/** Registers a file that was never logged with MLflow as the next version of a registered model. @param subject the file's Uri where the Explorer calls */
export async function registerModelFile({ connection }: App, subject: unknown): Promise<ModelVersion | undefined> {
  const given = subjectAs(fileSubject, subject);
  const file = subject instanceof Uri ? subject : given === undefined ? await askFile('Register', { 'Model files': extensions, 'All files': ['*'] }) : Uri.file(given.file);
  if (file === undefined) {
    return undefined;
  }
  const start: Draft = { ...(given?.model === undefined ? {} : { name: given.model }), ...(given?.example === undefined ? {} : { example: given.example }) };
  const draft = await runSteps<Draft>(start, [
    async (current, place) => (current.name === undefined ? named(current, await askModelName(connection, title, {}, place)) : skip),
    async (current, place) => (current.example === undefined ? askExample(current, place) : skip),
  ]);
  const { name, example } = draft ?? {};
  if (name === undefined) {
    return undefined;
  }
  const python = given?.python ?? (await workspacePython(file));
  const version = await withCancel(`Registering ${name}`, (signal) =>
    connection.call(
      'registerVersion',
      { name, source: { kind: 'file', path: file.fsPath, ...(example == null ? {} : { example }), ...(python === undefined ? {} : { python }) } },
      signal,
    ),
  );
  void offerNext(version);
  return version;
}

function named(draft: Draft, answer: Answer<string>): Answer<Draft> {
  return typeof answer === 'string' ? { ...draft, name: answer } : answer;
}

async function askFile(openLabel: string, filters: Record<string, string[]>): Promise<Uri | undefined> {
  const [file] = (await window.showOpenDialog({ title, openLabel, filters })) ?? [];
  return file;
}

async function askExample(draft: Draft, place: Place): Promise<Answer<Draft>> {
  const answer = await pickOne<'file' | 'none'>({ title, placeholder: 'Rows that the model predicts?', ...place }, [
    { label: 'Choose a file…', detail: 'CSV with a line of names, or JSON: the signature is taken from it, and each deploy predicts it first', icon: 'table', value: 'file' },
    { label: 'No example', detail: 'Requests are not checked', icon: 'circle-slash', value: 'none' },
  ]);
  if (answer === 'none') {
    return { ...draft, example: null };
  }
  if (answer !== 'file') {
    return answer;
  }
  const file = await askFile('Use as Example', { 'CSV and JSON': ['csv', 'json'] });
  return file === undefined ? undefined : { ...draft, example: file.fsPath };
}
