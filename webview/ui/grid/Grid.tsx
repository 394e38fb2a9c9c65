import type { VNode } from 'preact';
import { useId, useMemo, useRef } from 'preact/hooks';
import { themeVersion } from '../theme.ts';
import type { GridColumn, GridProps } from './gridProps.ts';
import { GridHead, headHeight, headRows, pinnedClass, type PlacedColumn } from './GridHead.tsx';
import { GridRow, rowHeight, type DrawnColumn } from './GridRow.tsx';
import { GridTip } from './GridTip.tsx';
import { move, type Position } from './navigation.ts';
import { createTextWidth } from './textWidth.ts';
import { useActiveCell } from './useActiveCell.ts';
import { useAnchor } from './useAnchor.ts';
import { useSlots } from './useSlots.ts';
import { useTooltip } from './useTooltip.ts';
import { useVirtual } from './useVirtual.ts';

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
  const places = useMemo(() => new Map<string, DrawnColumn<R>>(), [all]);
  const drawn = useMemo((): readonly DrawnColumn<R>[] => {
    // The same object as long as an element draws the same column: its cells then stay as they are.
    const drawnAt = (key: string, one: PlacedColumn<R>): DrawnColumn<R> => {
      const { column, index } = one;
      const known = places.get(key);
      const className = ['grid-cell', column.numeric === true ? 'number' : '', column.render === undefined ? '' : 'grid-rich', pinnedClass(index, stays)].filter((part) => part !== '').join(' ');
      const place = known?.index === index ? known : { ...one, key, className };
      places.set(key, place);
      return place;
    };
    return [
      ...pinned.map((one) => drawnAt(`pinned ${one.index}`, one)),
      ...columnSlots.flatMap(({ key, index }) => {
        const one = all[index + stays];
        return one === undefined ? [] : [drawnAt(key, one)];
      }),
    ];
  }, [all, columnSlots]);
  const textWidth = useMemo(() => createTextWidth(getComputedStyle(document.body).font), [themeVersion.value]);

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
    if (event.key === 'Escape' && tip !== undefined) {
      hide();
    } else if (event.altKey && event.shiftKey && column !== undefined && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
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

  const activeId = `${id}-${at.row}-${at.column}`;
  const { tip, hide, onScroll, events } = useTooltip({
    selector: '.grid-row .grid-cell',
    tipSelector: '.grid-tip',
    activeId,
    textOf(element) {
      const position = positionOf(element);
      const [row, column] = position === undefined ? [] : [rows[position.row], columns[position.column]];
      if (row === undefined || column === undefined) {
        return undefined;
      }
      const text = column.text(row);
      const meaning = column.mark?.(row)?.meaning;
      const isCut = [element, ...element.querySelectorAll('.grid-text')].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
      return meaning === undefined ? (isCut ? text : undefined) : `${text} (${meaning})`;
    },
  });

  return (
    <>
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
        onScroll={onScroll}
        onBlur={hide}
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
            {...events}
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
                  textWidth={textWidth}
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
      {tip !== undefined && <GridTip tip={tip} onLeave={hide} />}
    </>
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
