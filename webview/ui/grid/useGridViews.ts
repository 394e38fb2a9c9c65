import type { RefObject } from 'preact';
import { useMemo } from 'preact/hooks';
import type { GridColumn, GridProps } from './gridProps.ts';
import { headHeight, type PlacedColumn } from './headProps.ts';
import { rowHeight } from './GridRow.tsx';
import type { Position } from './navigation.ts';
import { useDrawnColumns } from './useDrawnColumns.ts';
import { useSlots } from './useSlots.ts';
import { useVirtual } from './useVirtual.ts';

interface GridViews<R> {
  /** How many columns stay in view. */
  readonly stays: number;
  /** CSS pixels. */
  readonly widthOf: (column: GridColumn<R> | undefined) => number;
  readonly pinned: readonly PlacedColumn<R>[];
  readonly pinnedWidth: number;
  /** Those in view that do not stay there. */
  readonly visible: readonly PlacedColumn<R>[];
  readonly drawn: ReturnType<typeof useDrawnColumns<R>>;
  readonly rowSlots: ReturnType<typeof useSlots>;
  readonly rowView: ReturnType<typeof useVirtual>;
  readonly columnView: ReturnType<typeof useVirtual>;
}

/** Which rows and columns of a grid are in view and drawn, both ways, and always the active one. */
export function useGridViews<R>({ columns, rows, widths, pinned: asked }: GridProps<R>, scroller: RefObject<HTMLDivElement | null>, at: Position): GridViews<R> {
  const widthOf = (column: GridColumn<R> | undefined): number => (column === undefined ? 0 : (widths[column.id] ?? column.width));
  const stays = Math.max(1, Math.min(asked, columns.length));
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
  const drawn = useDrawnColumns(all, stays, columnSlots);
  return { stays, widthOf, pinned, pinnedWidth, visible, drawn, rowSlots, rowView, columnView };
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
