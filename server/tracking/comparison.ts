import type { Comparison, Run } from '../contract/tracking.ts';
import { dataOf, gitOf } from './contractRun.ts';
import type { RunDetails } from './runDetails.ts';

type Row = Comparison['rows'][number];
type Kind = Row['kind'];
type Values = Readonly<Record<string, Row['values'][number]>>;

/** Tags that say the same as another row, or nothing that a person compares. */
const hiddenTags = /^(?:mlflow\.(?:runName|log-model\.history|source\.git\.\w+)|slipway\.(?:git\.\w+|data|capture|cell\.\w+|source))$/;

function rowsOf(kind: Kind, columns: readonly Values[]): Row[] {
  const keys = [...new Set(columns.flatMap((column) => Object.keys(column)))].sort();
  return keys.map((key) => {
    const values = columns.map((column) => column[key] ?? null);
    return { kind, key, values, differs: values.some((value) => value !== values[0]) };
  });
}

function codeOf({ tags }: RunDetails): Values {
  const git = gitOf(tags);
  const source = tags.get('mlflow.source.name');
  return {
    ...(git === undefined ? {} : { commit: git.commit, 'uncommitted changes': git.dirty ? 'yes' : 'no' }),
    ...(git?.branch === undefined ? {} : { branch: git.branch }),
    ...(source === undefined ? {} : { source }),
    ...(tags.get('slipway.cell.index') === undefined ? {} : { cell: tags.get('slipway.cell.index') ?? null }),
  };
}

/**
 * Puts runs side by side: one row for each thing that any of them has. Runs, details and environments (versions by package) are in the
 * same order.
 */
export function compareRuns(runs: Run[], details: readonly RunDetails[], environments: readonly Readonly<Record<string, string>>[]): Comparison {
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
        'data',
        details.map((run) => Object.fromEntries(dataOf(run).map(({ path, sha256 }) => [path, sha256]))),
      ),
      ...rowsOf('code', details.map(codeOf)),
      ...rowsOf('environment', environments),
      ...rowsOf(
        'tag',
        runs.map(({ tags }) => Object.fromEntries(Object.entries(tags).filter(([key]) => !hiddenTags.test(key)))),
      ),
    ],
  };
}
