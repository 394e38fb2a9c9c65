import type { Column, ColumnKind } from '../columns/column.ts';

/** What a method says of a window: a number, or why there is none. A number is no verdict. */
export type DriftResult =
  | {
      readonly kind: 'evaluated';
      readonly statistic: number;
      /** The bound beyond which the method's own source speaks of drift, where it names one, and whether the number is beyond. */
      readonly threshold?: number;
      readonly isBeyond?: boolean;
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
  /** `counts` that each window has, which is cheap for many features; or single `values`, measured of a feature that is looked at. */
  readonly reads: 'counts' | 'values';
  /**
   * Depends on nothing but its arguments, and leaves the columns as they are.
   * @param isWhole whether the column's type has whole numbers alone
   */
  readonly measure: (baseline: Column, window: Column, isWhole: boolean) => DriftResult;
}
