import path from 'node:path';
import type { RegisteredModel } from '../../server/contract/registry.ts';
import type { Connection } from '../companion/connection.ts';
import { type Answer, askText, type Choice, pickOne, type Place } from '../vscode/prompts.ts';
import { checkModelName } from './versionPrompts.ts';

const newName = Symbol('new');

/** What a model is of: the experiment of its run, and the notebook or script that made it. */
export interface ModelOrigin {
  readonly experiment?: string | undefined;
  /** Path of the file. */
  readonly notebook?: string | undefined;
}

/** mlflow's name for runs that say no experiment. */
const unnamedExperiment = 'Default';

function stem(name: string): string {
  return path.posix.basename(name.replaceAll('\\', '/')).replace(/\.(?:ipynb|py)$/i, '');
}

/** A name for a model: what its experiment, else its notebook is called, in characters that names of models, endpoints and URLs all take. */
export function suggestModelName({ experiment, notebook }: ModelOrigin): string | undefined {
  const named = experiment === undefined || experiment === unnamedExperiment ? notebook : experiment;
  const name = stem(named ?? '').trim().replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replaceAll(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}

/** The model that a notebook's versions belong to: the one with the latest version that was made there. */
export function modelOfNotebook(models: readonly RegisteredModel[], notebook: string | undefined): RegisteredModel | undefined {
  const made = models.flatMap((model) => model.versions.filter(({ lineage }) => notebook !== undefined && lineage.cell?.notebook === notebook).map(({ createdAt }) => ({ model, createdAt })));
  return made.sort((a, b) => b.createdAt - a.createdAt)[0]?.model;
}

/** Asks which registered model gets a version: that of the same notebook first, else a new one before the models of others. */
export async function askModelName(connection: Connection, title: string, origin: ModelOrigin, place: Place): Promise<Answer<string>> {
  const { models } = await connection.call('listModels', {});
  const suggestion = suggestModelName(origin);
  const own = modelOfNotebook(models, origin.notebook) ?? models.find(({ name }) => name === suggestion);
  if (models.length > 0) {
    const toChoice = ({ name, versions }: RegisteredModel): Choice<string> => ({
      label: name,
      description: `becomes version ${Math.max(0, ...versions.map(({ version }) => version)) + 1}`,
      icon: 'package',
      value: name,
    });
    const others = models.filter((model) => model !== own);
    const choices: Choice<string | typeof newName>[] = [
      ...(own === undefined ? [] : [{ ...toChoice(own), group: 'This notebook’s model', selected: true }]),
      { label: 'New model…', icon: 'add', group: 'Others', value: newName },
      ...others.map((model) => ({ ...toChoice(model), group: 'Others' })),
    ];
    const answer = await pickOne<string | typeof newName>({ title, placeholder: 'As a version of which model?', ...place }, choices);
    if (answer !== newName) {
      return answer;
    }
  }
  const name = await askText({ title, prompt: 'Name of the registered model', value: models.some((model) => model.name === suggestion) ? undefined : suggestion, check: checkModelName, ...place });
  return typeof name === 'string' ? name.trim() : name;
}
