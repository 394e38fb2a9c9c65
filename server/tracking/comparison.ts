import type { Signature } from '../contract/registry.ts';
import type { Comparison, Run } from '../contract/tracking.ts';
import { dataOf, gitOf, type RunOrigin } from './contractRun.ts';
import type { RunModel } from './local/runModel.ts';

type Row = Comparison['rows'][number];
type Kind = Row['kind'];
type Values = Readonly<Record<string, Row['values'][number]>>;

/** Tags that say the same as another row, or nothing that a person compares. */
const hiddenTags = /^(?:mlflow\.(?:runName|log-model\.history|source\.git\.\w+|loggedArtifacts|loggedImages|note\.content)|slipway\.(?:git\.\w+|data|capture|cell\.\w+|source))$/;

function rowsOf(kind: Kind, columns: readonly Values[]): Row[] {
  const keys = [...new Set(columns.flatMap((column) => Object.keys(column)))].sort();
  return keys.map((key) => {
    const values = columns.map((column) => column[key] ?? null);
    return { kind, key, values, differs: values.some((value) => value !== values[0]) };
  });
}

function codeOf({ tags }: RunOrigin): Values {
  const git = gitOf(tags);
  const source = tags.get('mlflow.source.name');
  return {
    ...(git === undefined ? {} : { commit: git.commit, 'uncommitted changes': git.dirty ? 'yes' : 'no' }),
    ...(git?.branch === undefined ? {} : { branch: git.branch }),
    ...(source === undefined ? {} : { source }),
    ...(tags.get('slipway.cell.index') === undefined ? {} : { cell: tags.get('slipway.cell.index') ?? null }),
  };
}

/** Files by their sha256, and MLflow's datasets by their digests, each with the context that it was used in. */
function dataRow(origin: RunOrigin): Values {
  const files = dataOf(origin).map(({ path, sha256 }): [string, string] => [path, sha256]);
  const datasets = origin.datasets
    .filter(({ dataset }) => !/^[0-9a-f]{64}$/.test(dataset.digest))
    .map(({ dataset, tags }): [string, string] => [tags['mlflow.data.context'] === undefined ? dataset.name : `${dataset.name} (${tags['mlflow.data.context']})`, dataset.digest]);
  return Object.fromEntries([...files, ...datasets]);
}

/** A signature as a row for each column. */
function signatureRow(signature: Signature | undefined): Values {
  const rows = (side: string, columns: Signature['inputs']): [string, string][] =>
    columns.map(({ name, type, required, shape }, index) => [
      `${side} ${name ?? (columns.length === 1 ? '' : String(index))}`.trim(),
      `${type}${shape === undefined ? '' : ` [${shape.join(', ')}]`}${required ? '' : ' (optional)'}`,
    ]);
  return signature === undefined ? {} : Object.fromEntries([...rows('input', signature.inputs), ...rows('output', signature.outputs)]);
}

/** What a kernel had installed, under what the model was logged with. */
function environmentRow({ packages, python }: RunModel, kernel: KernelEnvironment | undefined): Values {
  const version = python ?? kernel?.python;
  return { ...(version === undefined ? {} : { python: version }), ...kernel?.packages, ...packages };
}

/** Versions by the lower-case names of packages. */
export interface KernelEnvironment {
  readonly python: string | undefined;
  readonly packages: Readonly<Record<string, string>>;
}

/** A run with all that is compared of it. */
export interface ComparedRun {
  readonly run: Run;
  readonly origin: RunOrigin;
  readonly model: RunModel;
  readonly kernel: KernelEnvironment | undefined;
}

/** Puts runs side by side: one row for each thing that any of them has. */
export function compareRuns(compared: readonly ComparedRun[]): Comparison {
  const runs = compared.map(({ run }) => run);
  const origins = compared.map(({ origin }) => origin);
  return {
    runs,
    rows: [
      ...rowsOf(
        'param',
        runs.map(({ params }) => params),
      ),
      ...rowsOf(
        'metric',
        runs.map(({ metrics }) => metrics),
      ),
      ...rowsOf(
        'signature',
        compared.map(({ model }) => signatureRow(model.signature)),
      ),
      ...rowsOf('data', origins.map(dataRow)),
      ...rowsOf('code', origins.map(codeOf)),
      ...rowsOf(
        'environment',
        compared.map(({ model, kernel }) => environmentRow(model, kernel)),
      ),
      ...rowsOf(
        'tag',
        runs.map(({ tags }) => Object.fromEntries(Object.entries(tags).filter(([key]) => !hiddenTags.test(key)))),
      ),
    ],
  };
}
