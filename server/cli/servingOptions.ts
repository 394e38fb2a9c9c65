import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { defaultText, isRepeated, readServing, servingSettings, servingWords, withServing, type ServingConfig, type ServingSetting } from '../contract/servingConfig.ts';
import { collect } from './words.ts';

const readText = (file: string): string => readFileSync(file, 'utf8');

/** Adds an option to a command for each setting of the serving config. */
export function addServingOptions(command: Command): void {
  for (const setting of servingSettings) {
    const parse = (text: string, before: readonly string[] = []): readonly string[] => {
      if (readServing(setting, [text], readText) === undefined) {
        throw new InvalidArgumentError(`Give ${setting.wanted}.`);
      }
      return isRepeated(setting) ? collect(text, before) : [text];
    };
    command.option(`--${setting.option} <${setting.argument}>`, `${setting.description} (${isRepeated(setting) ? 'may be repeated' : `default: ${defaultText(setting)}`})`, parse);
  }
}

/**
 * The serving config that the options of a command give.
 * @param kept what it is where no option says otherwise; variables and secrets are added to it
 */
export function readServingOptions(command: Command, kept: Partial<ServingConfig>): ServingConfig {
  const given = command.opts<Record<string, unknown>>();
  const values = servingSettings.flatMap((setting) => {
    const words = given[attributeOf(command, setting)];
    if (!Array.isArray(words)) {
      return [];
    }
    const all = [...(setting.form.kind === 'assignments' || setting.form.kind === 'names' ? servingWords(setting, kept) : []), ...words.map(String)];
    return [[setting.name, readServing(setting, all, readText)?.value] as const];
  });
  return withServing(kept, values);
}

function attributeOf(command: Command, { option }: ServingSetting): string {
  return command.options.find(({ long }) => long === `--${option}`)?.attributeName() ?? option;
}
