import { readFileSync } from 'node:fs';
import path from 'node:path';
import { workspace } from 'vscode';
import { isRepeated, readServing, servingSettings, servingWords, shownServing, withServing, type ServingConfig, type ServingSetting } from '../../server/contract/servingConfig.ts';
import { type Answer, askText, type Choice, goBack, pickOne, type Place } from '../vscode/prompts.ts';
import { askPermission, permissionChoices, type Permission } from './permissionPrompts.ts';

const settled = Symbol('settled');
type Picked = ServingSetting | Permission | typeof settled;

/** Asks for serving settings, and for what the model may use of this machine, as many as the user wants to change. @param start what they are where nothing is changed */
export async function askServing(title: string, start: ServingConfig, place: Place): Promise<Answer<ServingConfig>> {
  let config = start;
  for (;;) {
    const choices: Choice<Picked>[] = [
      { label: 'Deploy with these', description: config === start ? 'no change' : undefined, icon: 'rocket', value: settled },
      ...servingSettings.map((setting) => ({ label: setting.label, description: shownServing(setting, config), detail: setting.description, icon: 'edit', group: 'Serving settings', value: setting })),
      ...permissionChoices(config),
    ];
    const picked = await pickOne<Picked>({ title, placeholder: 'Which serving settings are to be others?', ...place }, choices);
    if (picked === settled) {
      return config;
    }
    if (picked === undefined || picked === goBack) {
      return picked;
    }
    const changed = await (typeof picked === 'string' ? askPermission(title, picked, config) : askSetting(title, picked, config));
    if (changed === undefined) {
      return undefined;
    }
    config = changed === goBack ? config : changed;
  }
}

/** A file of the first workspace folder, or by its full path. */
const readText = (file: string): string => readFileSync(path.resolve(workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', file), 'utf8');

/** The words of a setting in one line: several are separated by commas. */
function wordsOf(setting: ServingSetting, text: string): string[] {
  const words = isRepeated(setting) ? text.split(',') : [text];
  return words.map((word) => word.trim()).filter((word) => word !== '');
}

async function askSetting(title: string, setting: ServingSetting, config: ServingConfig): Promise<Answer<ServingConfig>> {
  const isDefault = (text: string): boolean => text.trim() === '';
  const text = await askText({
    title,
    prompt: `${setting.label}: ${setting.description}. Give ${setting.wanted}${isRepeated(setting) ? ', several with commas between them' : ''}; nothing for the default.`,
    value: servingWords(setting, config).join(', '),
    check: (typed) => (isDefault(typed) || readServing(setting, wordsOf(setting, typed), readText) !== undefined ? undefined : `Give ${setting.wanted}.`),
    back: true,
  });
  if (text === undefined || text === goBack) {
    return text;
  }
  return withServing(config, [[setting.name, isDefault(text) ? undefined : readServing(setting, wordsOf(setting, text), readText)?.value]]);
}
