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
      const merged = rows.get(name) ?? { ...row, values: new Array<Comparison['rows'][number]['values'][number]>(runs.length).fill(null) };
      for (const [index, value] of row.values.entries()) {
        merged.values[offset + index] = value;
      }
      rows.set(name, merged);
    }
    offset += part.runs.length;
  }
  return { runs, rows: [...rows.values()].map((row) => ({ ...row, differs: row.values.some((value) => value !== row.values[0]) })) };
}

/** How many calls are under way at once: the answers of more would come in one heap that holds up the page. */
const callsAtOnce = 4;

/** Does work on each item, a few at a time; results in the order of the items. The first failure ends it. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      results.set(index, await work(item));
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, worker));
  return items.flatMap((_, index) => {
    const result = results.get(index);
    return result === undefined ? [] : [result];
  });
}
