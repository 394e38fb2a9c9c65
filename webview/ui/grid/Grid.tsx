import type { ComponentChildren, VNode } from 'preact';
import { useId, useMemo, useRef } from 'preact/hooks';
import { GridHead, headHeight, headRows, pinnedClass, type PlacedColumn } from './GridHead.tsx';
import { GridRow, rowHeight, type DrawnColumn } from './GridRow.tsx';
import { move, type Position } from './navigation.ts';
import { useActiveCell } from './useActiveCell.ts';
import { useAnchor } from './useAnchor.ts';
import { useSlots } from './useSlots.ts';
import { useTooltip } from './useTooltip.ts';
import { useVirtual } from './useVirtual.ts';

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
  readonly text: (row: R) => string;
  readonly render?: (row: R) => ComponentChildren;
  /** Class names of a cell's states and what they mean in words. */
  readonly mark?: (row: R) => { readonly className: string; readonly meaning: string } | undefined;
  /** How strongly a cell is coloured, from 0 to 1. */
  readonly shade?: (row: R) => number | undefined;
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
  /** A key that means something for the active row beside those of the grid; false leaves it to the browser. */
  readonly onRowKey?: (key: string, row: R) => boolean;
  /** Row of the active cell. */
  readonly onActive: (row: R | undefined) => void;
  readonly activeRow: string | undefined;
}

const narrowest = 48;

/** A grid that draws only what is in view, both ways: one tab stop, arrow keys inside. */
export function Grid<R>(props: GridProps<R>): VNode {
  const { label, columns, rows, rowId, isSelected, widths, sort, tree } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { at, moveTo: moveActive } = useActiveCell(rows, rowId, columns.length);
  useAnchor(scroller, rows, rowId, props.arrangement, rowHeight);
  const widthOf = (column: GridColumn<R> | undefined): number => (column === undefined ? 0 : (widths[column.id] ?? column.width));
  const stays = Math.max(1, Math.min(props.pinned, columns.length));
  const sizes = useMemo(() => `${stays} ${columns.map((column) => `${column.id}:${widthOf(column)}`).join()}`, [columns, widths, stays]);
  const all = useMemo(() => placed(columns, widthOf), [columns, sizes]);
  const pinned = all.slice(0, stays);
  const pinnedWidth = pinned.reduce((total, { size }) => total + size, 0);

  const rowView = useVirtual(
    {
      count: rows.length,
      getScrollElement: () => scroller.current,
      estimateSize: () => rowHeight,
      overscan: 3,
      paddingStart: headHeight,
      scrollPaddingStart: headHeight,
    },
    at.row,
    '',
  );
  const columnView = useVirtual(
    {
      count: Math.max(0, columns.length - stays),
      horizontal: true,
      getScrollElement: () => scroller.current,
      estimateSize: (index) => widthOf(columns[index + stays]),
      overscan: 1,
      paddingStart: pinnedWidth,
      scrollPaddingStart: pinnedWidth,
    },
    at.column - stays,
    sizes,
  );

  const columnIndexes = columnView.getVirtualIndexes();
  const visible = columnIndexes.flatMap((index) => all[index + stays] ?? []);
  const rowSlots = useSlots(rowView.getVirtualIndexes(), at.row, rowView.isScrolling);
  const columnSlots = useSlots(columnIndexes, at.column - stays, columnView.isScrolling);
  const drawn = useMemo((): readonly DrawnColumn<R>[] => {
    const classOf = ({ column, index }: PlacedColumn<R>): string =>
      ['grid-cell', column.numeric === true ? 'number' : '', column.render === undefined ? '' : 'grid-rich', pinnedClass(index, stays)].filter((part) => part !== '').join(' ');
    return [
      ...pinned.map((one) => ({ ...one, key: `pinned ${one.index}`, className: classOf(one) })),
      ...columnSlots.flatMap(({ key, index }) => {
        const one = all[index + stays];
        return one === undefined ? [] : [{ ...one, key, className: classOf(one) }];
      }),
    ];
  }, [all, columnSlots]);

  const activate = (position: Position): void => {
    moveActive(position);
    if (position.row >= 0) {
      rowView.scrollToIndex(position.row);
    }
    if (position.column >= stays) {
      columnView.scrollToIndex(position.column - stays);
    }
    props.onActive(rows[position.row]);
  };

  const resize = (column: GridColumn<R>, width: number): void => {
    props.onResize(column.id, Math.max(narrowest, Math.min(600, Math.round(width))));
  };

  const moveColumn = (column: string, index: number): void => {
    const to = Math.max(1, Math.min(columns.length - 1, index));
    if (columns[0]?.id !== column && columns[to]?.id !== column) {
      props.onMove(column, to);
      activate({ row: at.row, column: to });
    }
  };

  /** What keys do in a tree; false for those that do what they do in every grid. */
  const onTreeKey = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, row: R): boolean => {
    const expanded = tree?.expanded(row);
    if (tree === undefined || ctrlKey || metaKey || altKey) {
      return false;
    }
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
  };

  const onKey = (event: KeyboardEvent): void => {
    const column = columns[at.column];
    const row = rows[at.row];
    if (event.altKey && event.shiftKey && column !== undefined && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      moveColumn(column.id, at.column + (event.key === 'ArrowLeft' ? -1 : 1));
    } else if (event.altKey && column !== undefined && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      resize(column, widthOf(column) + (event.key === 'ArrowLeft' ? -16 : 16));
    } else if (row !== undefined && onTreeKey(event, row)) {
      // Done.
    } else if ((event.key === ' ' || event.key === 'Enter') && row !== undefined) {
      props.onSelect(row);
    } else if ((event.key === ' ' || event.key === 'Enter') && at.row === -1 && column?.sortable === true) {
      props.onSort(column.id, event.shiftKey);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      props.onSelectAll();
    } else {
      const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1);
      const next = move(event.key, event.ctrlKey || event.metaKey, at, { rows: rows.length, columns: columns.length, page });
      if (next !== undefined) {
        activate(next);
      } else if (event.ctrlKey || event.metaKey || event.altKey || row === undefined || props.onRowKey?.(event.key, row) !== true) {
        return;
      }
    }
    event.preventDefault();
  };

  /** Where a cell's element, or one within it, stands. */
  const positionOf = (target: EventTarget | null): Position | undefined => {
    const element = target instanceof Element ? target.closest('.grid-cell') : null;
    const row = Number(element?.parentElement?.getAttribute('aria-rowindex')) - headRows - 1;
    return element === null ? undefined : { row, column: Number(element.getAttribute('aria-colindex')) - 1 };
  };

  const tooltip = useTooltip('.grid-cell', (element) => {
    const position = positionOf(element);
    const [row, column] = position === undefined ? [] : [rows[position.row], columns[position.column]];
    if (row === undefined || column === undefined) {
      return undefined;
    }
    const mark = column.mark?.(row);
    return mark === undefined ? column.text(row) : `${column.text(row)} (${mark.meaning})`;
  });
  const activeId = `${id}-${at.row}-${at.column}`;

  return (
    <div
      ref={scroller}
      class="grid"
      role={tree === undefined ? 'grid' : 'treegrid'}
      tabIndex={0}
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={rows.length + headRows}
      aria-colcount={columns.length}
      aria-activedescendant={activeId}
      onKeyDown={onKey}
    >
      <div class="grid-canvas" role="presentation" style={{ width: `${columnView.getTotalSize()}px`, height: `${rowView.getTotalSize()}px` }}>
        <GridHead
          id={id}
          pinned={pinned}
          pinnedWidth={pinnedWidth}
          scroller={scroller}
          visible={visible}
          activeColumn={at.row === -1 ? at.column : undefined}
          sort={sort}
          onActivate={(column) => {
            activate({ row: -1, column });
          }}
          onSort={props.onSort}
          onResize={resize}
          onMove={moveColumn}
        />
        <div
          role="rowgroup"
          onClick={({ target }) => {
            const position = positionOf(target);
            if (position !== undefined) {
              activate(position);
            }
          }}
          {...tooltip}
        >
          {rowSlots.map(({ key, index }) => {
            const row = rows[index];
            const position = row === undefined ? undefined : tree?.position(row);
            return row === undefined ? null : (
              <GridRow
                key={key}
                activeId={activeId}
                row={row}
                index={index}
                top={headHeight + index * rowHeight}
                columns={drawn}
                activeColumn={at.row === index ? at.column : undefined}
                selected={isSelected(row)}
                current={props.activeRow === rowId(row)}
                level={position?.level}
                place={position?.place}
                of={position?.of}
                expanded={tree?.expanded(row)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Columns with where they begin. */
function placed<R>(columns: readonly GridColumn<R>[], widthOf: (column: GridColumn<R>) => number): PlacedColumn<R>[] {
  let start = 0;
  return columns.map((column, index) => {
    const size = widthOf(column);
    start += size;
    return { column, index, start: start - size, size };
  });
}
