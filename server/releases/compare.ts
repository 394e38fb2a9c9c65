import { createHash } from 'node:crypto';
import type { DataReference } from '../contract/notebooks.ts';
import type { Signature } from '../contract/registry.ts';
import type { Release, ReleaseDifference } from '../contract/releases.ts';
import { servingSettings, servingWords, shownServing, type ServingConfig, type ServingSetting } from '../contract/servingConfig.ts';
import { isRecord } from '../contract/values.ts';

type Part = ReleaseDifference['part'];

/**
 * What differs between two releases, in the order model, data, environment, serving, signature.
 * @param all also lists what is equal, with `before` and `after` the same
 */
export function compareReleases(from: Release, to: Release, all = false): ReleaseDifference[] {
  return [
    ...difference('model', modelFacts(from), modelFacts(to)),
    ...difference('data', dataFacts(from.data), dataFacts(to.data)),
    ...difference('environment', environmentFacts(from), environmentFacts(to)),
    ...difference('serving', servingFacts(from), servingFacts(to)),
    ...difference('signature', signatureFacts(from), signatureFacts(to)),
  ].filter(({ before, after }) => all || before !== after);
}

type Facts = ReadonlyMap<string, string>;

function difference(part: Part, before: Facts, after: Facts): ReleaseDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])].map((key) => ({
    part,
    key,
    before: before.get(key) ?? null,
    after: after.get(key) ?? null,
  }));
}

function modelFacts({ model }: Release): Facts {
  return new Map([
    ['name', model.name],
    ['version', String(model.version)],
    ...(model.server === undefined ? [] : [['server', model.server] as const]),
    ['digest', model.digest],
    ['flavor', model.flavor],
    ...(model.runId === undefined ? [] : [['run', model.runId] as const]),
    ['files', String(model.files.length)],
    ['bytes', String(model.files.reduce((sum, { bytes }) => sum + bytes, 0))],
  ]);
}

function dataFacts(data: readonly DataReference[]): Facts {
  return new Map(data.map(({ path, sha256 }) => [path, sha256]));
}

function environmentFacts({ environment }: Release): Facts {
  return new Map([
    ['python', environment.python],
    ['platform', environment.platform],
    ...environment.packages.map(({ name, version }) => [name, version] as const),
  ]);
}

function servingFacts({ serving }: Release): Facts {
  const { allowedImports, allowedBuilds, allowedNetwork, allowedFolders } = serving;
  const allowances = { 'allow-pickle': allowedImports, 'allow-build': allowedBuilds, 'allow-network': allowedNetwork, 'allow-folder': allowedFolders };
  return new Map([
    ...servingSettings.flatMap((setting) => settingFacts(setting, serving)),
    ...Object.entries(allowances).flatMap(([option, allowed]) => (allowed === undefined ? [] : [[option, String(allowed)] as const])),
  ]);
}

/** A setting by the name of its option; one that is given several times has one fact each. */
function settingFacts(setting: ServingSetting, serving: ServingConfig): (readonly [string, string])[] {
  if (setting.form.kind === 'assignments') {
    return servingWords(setting, serving).map((word) => [`${setting.option} ${word.slice(0, word.indexOf('='))}`, word.slice(word.indexOf('=') + 1)]);
  }
  const value = serving[setting.name];
  const source = isRecord(value) && typeof value['source'] === 'string' ? `, sha256 ${createHash('sha256').update(value['source']).digest('hex').slice(0, 12)}` : '';
  return [[setting.option, `${shownServing(setting, serving)}${source}`]];
}

function signatureFacts({ signature }: Release): Facts {
  const facts = (side: string, columns: Signature['inputs']): [string, string][] =>
    columns.map((column, index) => [`${side}.${column.name ?? index}`, columnText(column)]);
  return new Map(signature === undefined ? [] : [...facts('input', signature.inputs), ...facts('output', signature.outputs)]);
}

function columnText({ type, required, shape }: Signature['inputs'][number]): string {
  return `${type}${shape === undefined ? '' : ` [${shape.join(', ')}]`}${required ? '' : ', optional'}`;
}
