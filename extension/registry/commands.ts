import { window } from 'vscode';
import { z } from 'zod';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { askText, chosen, confirm, pickOne } from '../vscode/prompts.ts';
import { showModelCard } from './modelCard.ts';
import { registerModel } from './registerModel.ts';
import { registerModelFile } from './registerModelFile.ts';
import { modelSubject, pickModel, type Version, versionOf, versionSubject } from './versionPrompts.ts';

const aliasSubject = z.object({ alias: z.string() });

export const registryCommands: AppCommands = {
  'slipway.registerModel': { doing: 'registering a model', run: registerModel },
  'slipway.registerModelFile': { doing: 'registering a model file', needsTrust: true, run: registerModelFile },
  'slipway.openRegistry': {
    doing: 'opening the registry',
    run: ({ panels }, subject) => {
      const model = subjectAs(modelSubject, subject)?.model;
      panels.open({ panel: 'registry', ...(model === undefined ? {} : { model }) });
    },
  },
  'slipway.setAlias': { doing: 'setting an alias', run: setAlias },
  'slipway.deleteAlias': { doing: 'removing an alias', run: deleteAlias },
  'slipway.describeVersion': { doing: 'describing a version', run: describeVersion },
  'slipway.showModelCard': { doing: 'showing a model card', run: modelCard },
  'slipway.deleteModel': { doing: 'deleting a model', run: deleteModel },
  'slipway.deleteVersion': { doing: 'deleting a version', run: deleteVersion },
};

async function modelCard(app: App, subject: unknown): Promise<void> {
  const version = await versionOf(app.connection, subject, 'Slipway: Model Card');
  if (version !== undefined) {
    await showModelCard(app, { name: version.model, version: version.version });
  }
}

const otherAlias = Symbol('other');

async function setAlias(app: App, subject: unknown): Promise<void> {
  const title = 'Slipway: Set Alias';
  const target = await versionOf(app.connection, subject, title);
  if (target === undefined) {
    return;
  }
  const alias = subjectAs(aliasSubject, subject)?.alias ?? (await askAlias(app, target, title));
  if (alias !== undefined) {
    await app.connection.call('setAlias', { name: target.model, alias, version: target.version });
    window.setStatusBarMessage(`@${alias} is now ${target.model} version ${target.version}`, 5000);
  }
}

async function askAlias({ connection }: App, { model, version }: Version, title: string): Promise<string | undefined> {
  const { aliases } = await connection.call('getModel', { name: model });
  const names = [...new Set(['champion', 'challenger', ...Object.keys(aliases)])];
  const answer = chosen(
    await pickOne<string | typeof otherAlias>({ title, placeholder: `Alias for ${model} version ${version}` }, [
      ...names.map((name) => ({
        label: `@${name}`,
        description: aliases[name] === undefined ? '' : `now version ${aliases[name]}`,
        detail: name === 'champion' ? 'What production should run' : undefined,
        icon: 'bookmark',
        value: name,
      })),
      { label: 'Another alias…', icon: 'add', value: otherAlias },
    ]),
  );
  if (answer !== otherAlias) {
    return answer;
  }
  const check = (text: string): string | undefined => (/^[\w-]{1,255}$/.test(text) ? undefined : 'Use letters, digits, dashes and underscores.');
  return chosen(await askText({ title, prompt: 'Alias', placeholder: 'staging', check }));
}

async function deleteAlias(app: App, subject: unknown): Promise<void> {
  const title = 'Slipway: Remove Alias';
  const name = subjectAs(modelSubject, subject)?.model ?? chosen(await pickModel(app.connection, title))?.name;
  if (name === undefined) {
    return;
  }
  const version = subjectAs(versionSubject, subject)?.version;
  const aliases = Object.entries((await app.connection.call('getModel', { name })).aliases).filter(([, at]) => version === undefined || at === version);
  if (aliases.length === 0) {
    void window.showInformationMessage(`${name}${version === undefined ? '' : ` version ${version}`} has no alias.`);
    return;
  }
  const choices = aliases.map(([alias, at]) => ({ label: `@${alias}`, description: `version ${at}`, icon: 'bookmark', value: alias }));
  const alias = subjectAs(aliasSubject, subject)?.alias ?? chosen(await pickOne({ title, placeholder: `Alias of ${name} to remove` }, choices));
  if (alias !== undefined) {
    await app.connection.call('deleteAlias', { name, alias });
  }
}

async function describeVersion(app: App, subject: unknown): Promise<void> {
  const title = 'Slipway: Describe Version';
  const target = await versionOf(app.connection, subject, title);
  if (target === undefined) {
    return;
  }
  const { description } = await app.connection.call('getVersion', { name: target.model, version: target.version });
  const text = chosen(await askText({ title, prompt: `Description of ${target.model} version ${target.version}`, value: description }));
  if (text !== undefined) {
    await app.connection.call('describeVersion', { name: target.model, version: target.version, description: text });
  }
}

async function deleteVersion(app: App, subject: unknown): Promise<void> {
  const target = await versionOf(app.connection, subject, 'Slipway: Delete Version');
  if (target === undefined) {
    return;
  }
  const what = `${target.model} version ${target.version}`;
  if (await confirm(`Delete ${what}?`, 'Its run and logged model stay. A version that an endpoint can go back to is not deleted.', 'Delete')) {
    await app.connection.call('deleteVersion', { name: target.model, version: target.version });
  }
}

async function deleteModel(app: App, subject: unknown): Promise<void> {
  const name = subjectAs(modelSubject, subject)?.model ?? chosen(await pickModel(app.connection, 'Slipway: Delete Model'))?.name;
  if (name === undefined) {
    return;
  }
  const { versions, aliases } = await app.connection.call('getModel', { name });
  const names = Object.keys(aliases).map((alias) => `@${alias}`);
  const detail = [
    `${versions.length === 0 ? 'It has no version.' : `Its ${plural(versions.length, 'version')} go with it.`}${names.length === 0 ? '' : ` Nothing is ${names.join(', ')} any more.`}`,
    'Runs and logged models stay. A version that an endpoint can go back to is not deleted. Nothing brings the model back.',
  ].join('\n');
  if (await confirm(`Delete the model ${name}?`, detail, 'Delete')) {
    await app.connection.call('deleteModel', { name });
  }
}
