import type { Comparison } from '../../server/contract/tracking.ts';

/** How many runs the companion compares in one call. */
export const runsPerCall = 100;

/** The ids in parts that one call takes. */
export function partsOf(runIds: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let start = 0; start < runIds.length; start += runsPerCall) {
    parts.push(runIds.slice(start, start + runsPerCall));
  }
  return parts;
}

/** One comparison out of several over different runs. A key that a part lacks counts as absent for that part's runs. */
export function mergeComparisons(parts: readonly Comparison[]): Comparison {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) {
    return only;
  }
  const runs = parts.flatMap((part) => part.runs);
  const rows = new Map<string, Comparison['rows'][number]>();
  let offset = 0;
  for (const part of parts) {
    for (const row of part.rows) {
      const name = `${row.kind}\n${row.key}`;
      const merged = rows.get(name) ?? { ...row, values: new Array<null>(runs.length).fill(null) };
      const values = [...merged.values];
      values.splice(offset, part.runs.length, ...row.values);
      rows.set(name, { ...merged, values });
    }
    offset += part.runs.length;
  }
  return { runs, rows: [...rows.values()].map((row) => ({ ...row, differs: row.values.some((value) => value !== row.values[0]) })) };
}
