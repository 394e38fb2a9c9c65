import type { RefObject } from 'preact';
import type { GridColumn, GridSort } from './gridProps.ts';

/** Height of both header rows, in CSS pixels. */
export const headHeight = 48;
export const headRows = 2;

export interface PlacedColumn<R> {
  readonly column: GridColumn<R>;
  readonly index: number;
  /** CSS pixels from the left edge of all columns. */
  readonly start: number;
  readonly size: number;
}

/** What the header rows show and do. */
export interface GridHeadProps<R> {
  readonly id: string;
  readonly pinned: readonly PlacedColumn<R>[];
  readonly pinnedWidth: number;
  readonly visible: readonly PlacedColumn<R>[];
  readonly scroller: RefObject<HTMLElement | null>;
  readonly activeColumn: number | undefined;
  readonly sort: readonly GridSort[];
  readonly onActivate: (column: number) => void;
  readonly onSort: (column: string, extend: boolean) => void;
  readonly onResize: (column: GridColumn<R>, width: number) => void;
  readonly onMove: (column: string, index: number) => void;
}

/** Class names of a cell that stays in view. */
export function pinnedClass(index: number, pinned: number): string {
  return index >= pinned ? '' : index === pinned - 1 ? 'grid-pinned grid-pinned-last' : 'grid-pinned';
}
