// Writes what follows from the declarations of the settings, of the serving config and of policies into package.json, README.md and media/: `npm run generate`; `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { declaredSettings } from '../../server/contract/settings.ts';
import { servingSettings } from '../../server/contract/servingConfig.ts';
import { isRecord } from '../../server/contract/values.ts';
import { policySchema, policySchemaFile } from './policySchema.ts';
import { configuration, restrictedConfigurations, servingTable, settingsTable } from './settingsTexts.ts';
import { root, say } from './step.mjs';

/** A JSON value with another one in the place that the keys lead to; the order of the keys stays. */
function replaceAt(value: unknown, [key, ...inner]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) {
    return replacement;
  }
  if (!isRecord(value)) {
    throw new Error(`package.json has no object in which ${key} could stand`);
  }
  return { ...value, [key]: replaceAt(value[key], inner, replacement) };
}

function writeManifest(text: string): string {
  const restricted = replaceAt(JSON.parse(text), ['capabilities', 'untrustedWorkspaces', 'restrictedConfigurations'], restrictedConfigurations(declaredSettings));
  return `${JSON.stringify(replaceAt(restricted, ['contributes', 'configuration'], configuration(declaredSettings)), null, 2)}\n`;
}

const end = '\n<!-- End of what is written. -->';

/** A text with a table between the line that names its source and the next end. */
function writeTable(text: string, source: string, table: string): string {
  const begin = `<!-- Written by \`npm run generate\` from ${source}. -->\n`;
  const [before = '', rest] = text.split(begin);
  const at = rest?.indexOf(end) ?? -1;
  if (rest === undefined || at < 0) {
    throw new Error(`README.md must have the lines\n${begin}${end.trim()}`);
  }
  return `${before}${begin}\n${table}\n${rest.slice(at)}`;
}

function writeReadme(text: string): string {
  return writeTable(writeTable(text, 'server/contract/settings.ts', settingsTable(declaredSettings)), 'server/contract/servingConfig.ts', servingTable(servingSettings));
}

const files = [
  { name: 'package.json', write: writeManifest },
  { name: 'README.md', write: writeReadme },
  { name: policySchemaFile, write: policySchema },
];

const checking = process.argv.includes('--check');
for (const { name, write } of files) {
  const file = path.join(root, name);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const written = write(text);
  if (written === text) {
    continue;
  }
  if (checking) {
    say(`${name} does not say what server/contract/settings.ts, servingConfig.ts and policyFile.ts declare: run "npm run generate" and commit what it writes.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, written);
    say(`${name} written`);
  }
}
