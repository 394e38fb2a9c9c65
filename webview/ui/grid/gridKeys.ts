import type { GridColumn, GridProps } from './gridProps.ts';
import { rowHeight } from './GridRow.tsx';
import { headHeight } from './headProps.ts';
import { move, type Position } from './navigation.ts';

/** What keys work on. */
export interface GridKeyContext<R> {
  readonly props: GridProps<R>;
  readonly at: Position;
  readonly activate: (position: Position) => void;
  /** @param width CSS pixels */
  readonly resize: (column: GridColumn<R>, width: number) => void;
  readonly moveColumn: (column: string, index: number) => void;
  readonly widthOf: (column: GridColumn<R>) => number;
  readonly tip: { readonly shown: boolean; readonly hide: () => void };
  /** Of what is in view, in CSS pixels. */
  readonly height: number;
}

/** Does what a key means in a grid (https://www.w3.org/WAI/ARIA/apg/patterns/grid/, and treegrid), and leaves the others alone. */
export function onGridKey<R>(event: KeyboardEvent, context: GridKeyContext<R>): void {
  const row = context.props.rows[context.at.row];
  if (onTip(event, context) || onColumn(event, context) || (row !== undefined && onTree(event, row, context)) || onCell(event, row, context) || onSign(event, context) || onMove(event, row, context)) {
    event.preventDefault();
  }
}

function onTip<R>({ key }: KeyboardEvent, { tip }: GridKeyContext<R>): boolean {
  if (key !== 'Escape' || !tip.shown) {
    return false;
  }
  tip.hide();
  return true;
}

/** Alt with left and right makes a column narrower and wider, with Shift it moves the column. */
function onColumn<R>({ key, altKey, shiftKey }: KeyboardEvent, { props, at, resize, moveColumn, widthOf }: GridKeyContext<R>): boolean {
  const column = props.columns[at.column];
  if (!altKey || column === undefined || (key !== 'ArrowLeft' && key !== 'ArrowRight')) {
    return false;
  }
  const way = key === 'ArrowLeft' ? -1 : 1;
  if (shiftKey) {
    moveColumn(column.id, at.column + way);
  } else {
    resize(column, widthOf(column) + 16 * way);
  }
  return true;
}

/** What keys do in a tree; false for those that do what they do in every grid. */
function onTree<R>({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, row: R, { props: { rows, tree }, at, activate }: GridKeyContext<R>): boolean {
  if (tree === undefined || ctrlKey || metaKey || altKey) {
    return false;
  }
  const expanded = tree.expanded(row);
  if (expanded !== undefined && (key === 'Enter' || (at.column === 0 && key === (expanded ? 'ArrowLeft' : 'ArrowRight')))) {
    tree.onToggle(row);
    return true;
  }
  if (key !== 'ArrowLeft' || at.column > 0) {
    return false;
  }
  const { level } = tree.position(row);
  const parent = rows.slice(0, at.row).findLastIndex((other) => tree.position(other).level < level);
  if (parent >= 0) {
    activate({ row: parent, column: 0 });
  }
  return true;
}

/** Space and Enter select a row, or sort by the column of the active header. */
function onCell<R>({ key, shiftKey }: KeyboardEvent, row: R | undefined, { props, at }: GridKeyContext<R>): boolean {
  const column = props.columns[at.column];
  if (key !== ' ' && key !== 'Enter') {
    return false;
  }
  if (row !== undefined) {
    props.onSelect(row);
    return true;
  }
  if (at.row === -1 && column?.sortable === true) {
    props.onSort(column.id, shiftKey);
    return true;
  }
  return false;
}

/** A key of a sign of the active header. */
function onSign<R>({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, { props, at }: GridKeyContext<R>): boolean {
  const sign = at.row === -1 && !ctrlKey && !metaKey && !altKey ? props.columns[at.column]?.signs?.find((one) => one.key === key) : undefined;
  sign?.run();
  return sign !== undefined;
}

function onMove<R>({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, row: R | undefined, { props, at, activate, height }: GridKeyContext<R>): boolean {
  const control = ctrlKey || metaKey;
  if (key === 'a' && control) {
    props.onSelectAll();
    return true;
  }
  const page = Math.max(1, Math.floor((height - headHeight) / rowHeight) - 1);
  const next = move(key, control, at, { rows: props.rows.length, columns: props.columns.length, page });
  if (next !== undefined) {
    activate(next);
    return true;
  }
  return !control && !altKey && row !== undefined && props.onRowKey?.(key, row) === true;
}
