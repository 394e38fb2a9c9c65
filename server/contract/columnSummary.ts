import { z } from 'zod';
import type { UnknownKind } from './unknown.ts';

export const numericSummary = z.object({
  kind: z.literal('numeric'),
  /** Values that are there and fit; missing and invalid ones are counted beside. */
  count: z.number(),
  missing: z.number(),
  /** Values that do not fit the signature's type. */
  invalid: z.number(),
  mean: z.number().nullable(),
  /** Population standard deviation. */
  std: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Counts in the bins between the edges; `below` and `above` fell outside. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.number()), below: z.number(), above: z.number() }).nullable(),
});
export const categoricalSummary = z.object({
  kind: z.literal('categorical'),
  /** As for numeric columns. */
  count: z.number(),
  missing: z.number(),
  invalid: z.number(),
  /** Exact up to 200 distinct values, else estimated with a standard error of 6 %. */
  distinct: z.number(),
  top: z.array(z.object({ value: z.string(), count: z.number() })),
  /** Count of all values that are not in `top`. */
  other: z.number(),
});
export const columnSummary = z.discriminatedUnion('kind', [numericSummary, categoricalSummary]);
export type KnownSummary = z.infer<typeof columnSummary>;
/** Of a column, live or in the baseline; newer companions may have more kinds. */
export type ColumnSummary = KnownSummary | UnknownKind;
