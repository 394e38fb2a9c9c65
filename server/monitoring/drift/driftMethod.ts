import type { Column, ColumnKind } from '../columns/column.ts';

/** What a method says of a window: a number, or why there is none. A number is no verdict. */
export type DriftResult =
  | {
      readonly kind: 'evaluated';
      readonly statistic: number;
      /** Above it the method's own source speaks of drift, where it names one. */
      readonly threshold?: number;
      /** What has to be known to read the number, as a sentence. */
      readonly note?: string;
    }
  | { readonly kind: 'not-evaluated'; readonly reason: string };

/** A way to measure how far live values of a column are from those of the baseline. */
export interface DriftMethod {
  /** Its name in answers; never changed once it was released, and neither is what it computes. */
  readonly id: string;
  /** What people call it, short enough to head a column of a table. */
  readonly label: string;
  /** The kinds of columns that it can measure. */
  readonly kinds: readonly ColumnKind[];
  /** The kinds of columns of which it is the one that is shown first. */
  readonly defaultFor: readonly ColumnKind[];
  /** Depends on nothing but the two columns, and leaves them as they are. */
  readonly measure: (baseline: Column, window: Column) => DriftResult;
}
