import { z } from 'zod';
import type { KnownSummary } from '../../contract/columnSummary.ts';
import { addDistinct, estimateDistinct, mergeDistinct } from './distinctValues.ts';

/** Values that a column counts one by one; further ones are `other`. */
const mostValues = 200;
const shownValues = 20;
const valueCharacters = 200;

/** Statistics of a categorical column; two of them merge by addition. */
export const categoricalColumn = z.object({
  kind: z.literal('categorical'),
  count: z.number(),
  missing: z.number(),
  invalid: z.number(),
  values: z.array(z.tuple([z.string(), z.number()])),
  other: z.number(),
  /** Smallest hashes of the distinct values, once there are more than are counted one by one. */
  hashes: z.array(z.number()).nullable(),
});

export interface CategoricalColumn {
  readonly kind: 'categorical';
  count: number;
  missing: number;
  invalid: number;
  readonly values: Map<string, number>;
  other: number;
  hashes: number[] | null;
}

export function emptyCategorical(): CategoricalColumn {
  return { kind: 'categorical', count: 0, missing: 0, invalid: 0, values: new Map(), other: 0, hashes: null };
}

export function readCategorical(stored: z.infer<typeof categoricalColumn>): CategoricalColumn {
  return { ...stored, values: new Map(stored.values) };
}

export function storeCategorical(column: CategoricalColumn): z.infer<typeof categoricalColumn> {
  return { ...column, values: [...column.values] };
}

export function addCategory(column: CategoricalColumn, given: string): void {
  const value = given.length > valueCharacters ? given.slice(0, valueCharacters) : given;
  column.count += 1;
  const known = column.values.get(value);
  if (known !== undefined || column.values.size < mostValues) {
    column.values.set(value, (known ?? 0) + 1);
  } else {
    column.other += 1;
    column.hashes ??= hashesOf(column.values);
  }
  if (column.hashes !== null) {
    addDistinct(column.hashes, value);
  }
}

function hashesOf(values: ReadonlyMap<string, number>): number[] {
  const hashes: number[] = [];
  for (const value of values.keys()) {
    addDistinct(hashes, value);
  }
  return hashes;
}

export function mergeCategorical(into: CategoricalColumn, other: CategoricalColumn): void {
  const hashes = into.hashes ?? hashesOf(into.values);
  mergeDistinct(hashes, other.hashes ?? hashesOf(other.values));
  into.count += other.count;
  into.missing += other.missing;
  into.invalid += other.invalid;
  into.other += other.other;
  for (const [value, count] of other.values) {
    into.values.set(value, (into.values.get(value) ?? 0) + count);
  }
  for (const [value, count] of byCount(into).slice(mostValues)) {
    into.values.delete(value);
    into.other += count;
  }
  into.hashes = into.other > 0 ? hashes : null;
}

function byCount(column: CategoricalColumn): [string, number][] {
  return [...column.values].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
}

export function summarizeCategorical(column: CategoricalColumn): Extract<KnownSummary, { kind: 'categorical' }> {
  const { kind, count, missing, invalid } = column;
  const values = byCount(column);
  const rest = values.slice(shownValues).reduce((sum, [, each]) => sum + each, 0);
  return {
    kind,
    count,
    missing,
    invalid,
    distinct: column.hashes === null ? values.length : Math.max(values.length, estimateDistinct(column.hashes)),
    top: values.slice(0, shownValues).map(([value, each]) => ({ value, count: each })),
    other: column.other + rest,
  };
}
