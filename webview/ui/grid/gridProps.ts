import type { ComponentChildren } from 'preact';

export interface GridColumn<R> {
  readonly id: string;
  readonly label: string;
  /** Columns with the same group, side by side, share a header above theirs. */
  readonly group: string;
  /** CSS pixels, unless the user has resized it. */
  readonly width: number;
  readonly numeric?: boolean;
  readonly sortable?: boolean;
  /** Marks the header, with the reason as tooltip. */
  readonly note?: string | undefined;
  /** What its header is marked with, or can be: in sight always where it is on, else under the pointer and at the active header. */
  readonly signs?: readonly GridSign[];
  readonly text: (row: R) => string;
  readonly render?: (row: R) => ComponentChildren;
  /** Class names of a cell's states and what they mean in words. */
  readonly mark?: (row: R) => { readonly className: string; readonly meaning: string } | undefined;
  /** How strongly a cell is coloured, from 0 to 1. */
  readonly shade?: (row: R) => number | undefined;
}

/** A sign in a header that a click, or a key on the header, switches. */
export interface GridSign {
  readonly icon: string;
  readonly on: boolean;
  /** What it does. */
  readonly title: string;
  /** What it means where it is on. */
  readonly meaning: string;
  readonly key: string;
  readonly run: () => void;
}

export interface GridSort {
  readonly column: string;
  readonly descending: boolean;
}

/** What makes rows a tree (https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/). */
export interface GridTree<R> {
  /** Level from 1, and the place among the rows of the same parent, from 1. */
  readonly position: (row: R) => { readonly level: number; readonly place: number; readonly of: number };
  /** Undefined for a row that has no others below it. */
  readonly expanded: (row: R) => boolean | undefined;
  readonly onToggle: (row: R) => void;
}

export interface GridProps<R> {
  readonly label: string;
  readonly columns: readonly GridColumn<R>[];
  /** How many columns from the first one on stay in view; at least one. */
  readonly pinned: number;
  readonly rows: readonly R[];
  readonly rowId: (row: R) => string;
  /** The first criterion first. */
  readonly sort: readonly GridSort[];
  /** @param extend keeps the other criteria. */
  readonly onSort: (column: string, extend: boolean) => void;
  /** A column is to stand at this index of all. */
  readonly onMove: (column: string, index: number) => void;
  readonly tree?: GridTree<R> | undefined;
  /** Changes when the user has put the rows in another order; all other changes of rows leave those in view where they are. */
  readonly arrangement: unknown;
  readonly isSelected: (row: R) => boolean;
  readonly onSelect: (row: R) => void;
  readonly onSelectAll: () => void;
  readonly widths: Readonly<Record<string, number>>;
  readonly onResize: (column: string, width: number) => void;
  /** What VS Code's context menu is told of a row (https://code.visualstudio.com/api/extension-guides/webview#context-menus); JSON. */
  readonly rowContext?: (row: R) => string | undefined;
  /** A key that means something for the active row beside those of the grid; false leaves it to the browser. */
  readonly onRowKey?: (key: string, row: R) => boolean;
  /** Which rows and columns are drawn, told whenever these are others. */
  readonly onLook?: (rows: readonly R[], columns: readonly string[]) => void;
  /** Row of the active cell. */
  readonly onActive: (row: R | undefined) => void;
  readonly activeRow: string | undefined;
}
