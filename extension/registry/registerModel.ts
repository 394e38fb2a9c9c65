import { commands, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { listRunChoices } from '../tracking/runPrompts.ts';
import { subjectAs } from '../vscode/commands.ts';
import { type Answer, pickOne, type Place } from '../vscode/prompts.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { askModelName } from './modelName.ts';

/** What can be given beforehand; the rest is asked. */
const registerSubject = z.object({ runId: z.string().optional(), modelId: z.string().optional(), model: z.string().optional() });

interface Draft {
  readonly run?: Run;
  readonly modelId?: string;
  readonly name?: string;
}

const title = 'Slipway: Register Model';

/** Registers a model that a run logged as the next version of a registered model. */
export async function registerModel(app: App, subject: unknown): Promise<ModelVersion | undefined> {
  const given = subjectAs(registerSubject, subject) ?? {};
  const { connection } = app;
  const start: Draft = {
    ...(given.runId === undefined ? {} : { run: await connection.call('getRun', { runId: given.runId }) }),
    ...(given.modelId === undefined ? {} : { modelId: given.modelId }),
    ...(given.model === undefined ? {} : { name: given.model }),
  };
  const draft = await runSteps<Draft>(start, [
    async (current, place) => (current.run === undefined && current.modelId === undefined ? askRun(app, current, place) : skip),
    async (current, place) => (current.modelId === undefined ? askLoggedModel(current, place) : skip),
    async (current, place) => (current.name === undefined ? askName(app, current, place) : skip),
  ]);
  if (draft?.modelId === undefined || draft.name === undefined) {
    return undefined;
  }
  const version = await connection.call('registerVersion', { name: draft.name, source: { kind: 'logged-model', modelId: draft.modelId } });
  void offerNext(version);
  return version;
}

async function askRun({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const choices = await listRunChoices(connection, (run) => run.models.length > 0);
  if (choices.length === 0) {
    void offerNotebook();
    return undefined;
  }
  const answer = await pickOne({ title, placeholder: 'Which run logged the model?', ...place }, choices);
  return typeof answer === 'object' ? { ...draft, run: answer } : answer;
}

/** Says how a model gets where it can be registered. */
export async function offerNotebook(): Promise<void> {
  const action = 'Register from Notebook';
  const text = 'No run has logged a model yet. Log one with mlflow, or register a variable of an open notebook.';
  if ((await window.showInformationMessage(text, action)) === action) {
    await commands.executeCommand('slipway.registerModelFromNotebook');
  }
}

async function askLoggedModel(draft: Draft, place: Place): Promise<Answer<Draft> | typeof skip> {
  const models = draft.run?.models ?? [];
  const [only] = models;
  if (only === undefined) {
    void window.showWarningMessage(`Run "${draft.run?.name ?? ''}" logged no model.`);
    return undefined;
  }
  if (models.length === 1) {
    return { ...draft, modelId: only.modelId };
  }
  const choices = [...models].reverse().map(({ modelId, name }) => ({ label: name, description: modelId, icon: 'package', value: modelId }));
  const answer = await pickOne({ title, placeholder: 'Which of the models that the run logged?', ...place }, choices);
  return typeof answer === 'string' ? { ...draft, modelId: answer } : answer;
}

async function askName({ connection }: App, draft: Draft, place: Place): Promise<Answer<Draft>> {
  const { run } = draft;
  const { experiments } = await connection.call('listExperiments', {});
  const experiment = experiments.find(({ experimentId }) => experimentId === run?.experimentId)?.name;
  const name = await askModelName(connection, title, { experiment, notebook: run?.cell?.notebook }, place);
  return typeof name === 'string' ? { ...draft, name } : name;
}

/** Says what was registered, and offers the way on. */
export async function offerNext({ name, version }: { readonly name: string; readonly version: number }): Promise<void> {
  const picked = await window.showInformationMessage(`Registered ${name} version ${version}.`, 'Deploy', 'Open Registry');
  if (picked === 'Deploy') {
    await commands.executeCommand('slipway.deployModel', { model: name, version });
  } else if (picked === 'Open Registry') {
    await commands.executeCommand('slipway.openRegistry', { model: name });
  }
}
