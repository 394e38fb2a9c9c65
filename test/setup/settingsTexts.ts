import { z } from 'zod';
import { defaultText, type ServingSetting } from '../../server/contract/servingConfig.ts';
import { settingSections, type DeclaredSetting } from '../../server/contract/settings.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** `contributes.configuration` of the extension's manifest: a heading with its settings each. */
export function configuration(settings: readonly DeclaredSetting[]): readonly JsonObject[] {
  return settingSections.flatMap((title, order) => {
    const shown = settings.filter(({ section }) => section === title);
    const properties = shown.map((setting, index): [string, JsonObject] => [`slipway.${setting.contributedAs}`, { ...property(setting), order: index }]);
    return shown.length === 0 ? [] : [{ title, order, properties: Object.fromEntries(properties) }];
  });
}

function property({ schema, default: fallback, description, choices, pattern, perFolder }: DeclaredSetting): JsonObject {
  // The choices say all of the text that its length could.
  const implied = choices === undefined ? ['$schema'] : ['$schema', 'minLength'];
  const values = Object.fromEntries(Object.entries(z.toJSONSchema(schema)).filter(([key]) => !implied.includes(key)));
  return {
    scope: perFolder === true ? 'resource' : 'machine',
    ...values,
    ...(choices === undefined ? {} : { enum: Object.keys(choices), enumDescriptions: Object.values(choices) }),
    ...(pattern === undefined ? {} : { pattern: pattern.expression, patternErrorMessage: pattern.message }),
    default: fallback,
    markdownDescription: description,
  };
}

/** `restrictedConfigurations` of the manifest: what an untrusted folder does not set. */
export function restrictedConfigurations(settings: readonly DeclaredSetting[]): readonly string[] {
  return settings.filter(({ restricted }) => restricted === true).map(({ contributedAs }) => `slipway.${contributedAs}`);
}

/** The table of the README. */
export function settingsTable(settings: readonly DeclaredSetting[]): string {
  const ordered = settingSections.flatMap((title) => settings.filter(({ section }) => section === title));
  const rows = ordered.map(({ contributedAs, companionName, variable, default: fallback, description, choices = {} }) => {
    const meaning = [description, ...Object.entries(choices).map(([value, told]) => `${code(value)}: ${told}`)].join(' ');
    const elsewhere = [companionName, variable].filter((name) => name !== undefined);
    return [code(`slipway.${contributedAs}`), shownDefault(fallback), elsewhere.map(code).join(', '), meaning.replaceAll('|', '\\|')];
  });
  return [['setting', 'default', '`slipway config`, variable', 'meaning'], ['---', '---', '---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The README's table of the serving config. */
export function servingTable(settings: readonly ServingSetting[]): string {
  const rows = settings.map((setting) => [setting.label, code(`--${setting.option} ${setting.argument.toUpperCase()}`), defaultText(setting), `${setting.description}; ${setting.wanted}`]);
  return [['setting', '`slipway deploy`', 'default', 'what it is, and its values'], ['---', '---', '---', '---'], ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function shownDefault(value: unknown): string {
  return value === '' ? 'empty' : code(typeof value === 'string' ? value : JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}
