import type { Comparison } from '../../server/contract/tracking.ts';

type Row = Comparison['rows'][number];
type Kind = 'environment' | 'data' | 'code' | 'tag';

export interface DifferenceGroup {
  readonly kind: Kind;
  readonly title: string;
  readonly rows: readonly { readonly key: string; readonly values: readonly (string | undefined)[]; readonly differs: boolean }[];
}

const titles: Readonly<Record<Kind, string>> = { code: 'Code', data: 'Data', environment: 'Environment', tag: 'Tags' };

/** What runs have beside params and metrics, for the chosen runs only. */
export function differencesOf({ runs, rows }: Comparison, runIds: readonly string[], onlyDiffering: boolean): DifferenceGroup[] {
  const positions = runIds.map((runId) => runs.findIndex((run) => run.runId === runId)).filter((position) => position >= 0);
  const pick = (row: Row): DifferenceGroup['rows'][number] => {
    const values = positions.map((position) => {
      const value = row.values[position];
      return value === null || value === undefined ? undefined : String(value);
    });
    return { key: row.key, values, differs: values.some((value) => value !== values[0]) };
  };
  const kinds: readonly Kind[] = ['code', 'data', 'environment', 'tag'];
  return kinds
    .map((kind) => ({
      kind,
      title: titles[kind],
      rows: rows
        .filter((row) => row.kind === kind)
        .map(pick)
        .filter((row) => row.values.some((value) => value !== undefined) && (row.differs || !onlyDiffering)),
    }))
    .filter((group) => group.rows.length > 0);
}
