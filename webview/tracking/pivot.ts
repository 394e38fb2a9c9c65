import type { Run } from '../../server/contract/tracking.ts';
import type { Field } from './field.ts';
import type { Grouping } from './groups.ts';
import { naturally } from './ranks.ts';

/** What a metric is over the runs of a cell. */
export interface PivotCell {
  readonly runs: readonly Run[];
  readonly mean: number;
  /** Of the sample (divided by n - 1); undefined for one run. */
  readonly deviation: number | undefined;
  /** No cell of its column has a better mean. */
  readonly best: boolean;
}

export interface PivotRow {
  /** A value for each of what the rows are made by; undefined where its runs have none. */
  readonly values: readonly (string | undefined)[];
  /** One a column; undefined where no run has the metric. */
  readonly cells: readonly (PivotCell | undefined)[];
}

export interface Pivot {
  /** Values of what the columns are made by. */
  readonly columns: readonly (string | undefined)[];
  readonly rows: readonly PivotRow[];
  /** Runs without the metric, which no cell counts. */
  readonly without: number;
}

/**
 * A metric over two ways to group runs, each cell the mean of those that differ in nothing else, such as in their seed.
 * @param across makes the columns; without it there is one
 */
export function pivotOf(runs: readonly Run[], down: readonly Grouping[], across: Grouping | undefined, metric: Pick<Field, 'number' | 'direction'>): Pivot {
  const rows = new Map<string, { readonly values: readonly (string | undefined)[]; readonly byColumn: Map<string, Run[]> }>();
  const columns = new Map<string, string | undefined>();
  let without = 0;
  for (const run of runs) {
    if (metric.number(run) === undefined) {
      without += 1;
      continue;
    }
    const values = down.map(({ valueOf }) => valueOf(run));
    const column = across?.valueOf(run);
    const [rowId, columnId] = [JSON.stringify(values.map((value) => value ?? null)), JSON.stringify(column ?? null)];
    columns.set(columnId, column);
    const row = rows.get(rowId) ?? { values, byColumn: new Map<string, Run[]>() };
    rows.set(rowId, row);
    row.byColumn.set(columnId, [...(row.byColumn.get(columnId) ?? []), run]);
  }
  const ordered = [...columns].sort(([, a], [, b]) => inOrder(a, b));
  const cells = [...rows.values()]
    .sort((a, b) => a.values.map((value, index) => inOrder(value, b.values[index])).find((order) => order !== 0) ?? 0)
    .map(({ values, byColumn }) => ({ values, cells: ordered.map(([id]) => cellOf(byColumn.get(id) ?? [], metric)) }));
  const bests = ordered.map((_, index) => bestOf(cells.flatMap((row) => row.cells[index]?.mean ?? []), metric.direction));
  return {
    columns: ordered.map(([, value]) => value),
    rows: cells.map(({ values, cells: own }) => ({ values, cells: own.map((cell, index) => (cell === undefined ? undefined : { ...cell, best: cell.mean === bests[index] })) })),
    without,
  };
}

/** Those without a value come last. */
function inOrder(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? Number(a === undefined) - Number(b === undefined) : naturally.compare(a, b);
}

function cellOf(runs: readonly Run[], { number }: Pick<Field, 'number'>): Omit<PivotCell, 'best'> | undefined {
  const values = runs.flatMap((run) => number(run) ?? []);
  if (values.length === 0) {
    return undefined;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { runs, mean, deviation: values.length < 2 ? undefined : Math.sqrt(squares / (values.length - 1)) };
}

/** Undefined where no value is better, or all are alike. */
function bestOf(means: readonly number[], direction: Field['direction']): number | undefined {
  return direction === undefined || new Set(means).size < 2 ? undefined : means.reduce((a, b) => (direction === 'lower' ? Math.min(a, b) : Math.max(a, b)));
}
