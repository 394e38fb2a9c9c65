import { createHash } from 'node:crypto';
import type { DataReference } from '../contract/notebooks.ts';
import { isDescription } from '../contract/nestedRuns.ts';
import { byTelling } from '../contract/primaryMetric.ts';
import type { ModelVersion, Signature } from '../contract/registry.ts';
import type { ReleaseDifference } from '../contract/releases.ts';
import { servingSettings, servingWords, shownServing, type ServingConfig, type ServingSetting } from '../contract/servingConfig.ts';
import { isRecord } from '../contract/values.ts';
import type { ReleaseContent } from './prepareRelease.ts';

type Part = ReleaseDifference['part'];

/** The params and metrics of a release's model version. */
export type ReleaseValues = Pick<ModelVersion, 'params' | 'metrics'>;

export interface ComparedReleases {
  /** Undefined where they are not known. */
  readonly values?: { readonly from: ReleaseValues | undefined; readonly to: ReleaseValues | undefined };
  /** Also lists what is equal, with `before` and `after` the same. */
  readonly all?: boolean;
}

/** What differs between two releases, what matters to people first: metrics, params, data, environment, signature, serving, and what identifies the model. */
export function compareReleases(from: ReleaseContent, to: ReleaseContent, { values, all = false }: ComparedReleases = {}): ReleaseDifference[] {
  const measured = values?.from === undefined || values.to === undefined ? [] : valueDifferences(values.from, values.to);
  return [
    ...measured,
    ...difference('data', dataFacts(from.data), dataFacts(to.data)),
    ...difference('environment', environmentFacts(from), environmentFacts(to)),
    ...difference('signature', signatureFacts(from), signatureFacts(to)),
    ...difference('serving', servingFacts(from), servingFacts(to)),
    ...difference('model', modelFacts(from), modelFacts(to)),
  ].filter(({ before, after }) => all || before !== after);
}

/** Params that say how an estimator was made are left out: they differ wherever one of the others does. */
function valueDifferences(from: ReleaseValues, to: ReleaseValues): ReleaseDifference[] {
  const metrics = ({ metrics: own }: ReleaseValues): Facts => new Map(byTelling(Object.keys(own)).map((key) => [key, String(own[key])]));
  const params = ({ params: own }: ReleaseValues): Facts => new Map(Object.entries(own).filter(([, value]) => !isDescription(value)));
  return [...difference('metric', metrics(from), metrics(to)), ...difference('param', params(from), params(to))];
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

function modelFacts({ model }: ReleaseContent): Facts {
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

function environmentFacts({ environment }: ReleaseContent): Facts {
  return new Map([
    ['python', environment.python],
    ['platform', environment.platform],
    ...environment.packages.map(({ name, version }) => [name, version] as const),
  ]);
}

function servingFacts({ serving }: ReleaseContent): Facts {
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

function signatureFacts({ signature }: ReleaseContent): Facts {
  const facts = (side: string, columns: Signature['inputs']): [string, string][] =>
    columns.map((column, index) => [`${side}.${column.name ?? index}`, columnText(column)]);
  return new Map(signature === undefined ? [] : [...facts('input', signature.inputs), ...facts('output', signature.outputs)]);
}

function columnText({ type, required, shape }: Signature['inputs'][number]): string {
  return `${type}${shape === undefined ? '' : ` [${shape.join(', ')}]`}${required ? '' : ', optional'}`;
}
