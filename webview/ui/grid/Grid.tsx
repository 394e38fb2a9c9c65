import type { VNode } from 'preact';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { themeVersion } from '../theme.ts';
import type { GridColumn, GridProps } from './gridProps.ts';
import { GridHead } from './GridHead.tsx';
import { headHeight, headRows } from './headProps.ts';
import { GridRow, rowHeight } from './GridRow.tsx';
import { GridTip } from './GridTip.tsx';
import { onGridKey } from './gridKeys.ts';
import type { Position } from './navigation.ts';
import { createTextWidth } from './textWidth.ts';
import { useActiveCell } from './useActiveCell.ts';
import { useAnchor } from './useAnchor.ts';
import { useGridViews } from './useGridViews.ts';
import { useTooltip } from './useTooltip.ts';

const narrowest = 48;

/** A grid that draws only what is in view, both ways: one tab stop, arrow keys inside. */
export function Grid<R>(props: GridProps<R>): VNode {
  const { label, columns, rows, rowId, isSelected, sort, tree } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { at, moveTo: moveActive } = useActiveCell(rows, rowId, columns.length);
  useAnchor(scroller, rows, rowId, props.arrangement, rowHeight);
  const { stays, widthOf, pinned, pinnedWidth, visible, drawn, rowSlots, rowView, columnView } = useGridViews(props, scroller, at);
  const textWidth = useMemo(() => createTextWidth(getComputedStyle(document.body).font), [themeVersion.value]);

  const { onLook } = props;
  useEffect(() => {
    onLook?.(rowSlots.flatMap(({ index }) => rows[index] ?? []), drawn.map(({ column }) => column.id));
  }, [rows, rowSlots, drawn]);

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

  const activeLine = rows[at.row];
  const activeContext = activeLine === undefined ? undefined : props.rowContext?.(activeLine);
  const activeId = `${id}-${at.row}-${at.column}`;
  const { tip, hide, onScroll, events } = useTooltip({
    selector: '.grid-row .grid-cell',
    tipSelector: '.grid-tip',
    activeId,
    textOf: (element) => cutText(element, props),
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
        data-vscode-context={activeContext}
        onKeyDown={(event) => { onGridKey(event, { props, at, activate, resize, moveColumn, widthOf, tip: { shown: tip !== undefined, hide }, height: scroller.current?.clientHeight ?? 0 }); }}
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
                  context={props.rowContext?.(row)}
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

/** Where a cell's element, or one within it, stands. */
function positionOf(target: EventTarget | null): Position | undefined {
  const element = target instanceof Element ? target.closest('.grid-cell') : null;
  const row = Number(element?.parentElement?.getAttribute('aria-rowindex')) - headRows - 1;
  return element === null ? undefined : { row, column: Number(element.getAttribute('aria-colindex')) - 1 };
}

/** What a cell says that cannot be read in it: a text that is cut, or what its mark means. */
function cutText<R>(element: Element, { rows, columns }: GridProps<R>): string | undefined {
  const position = positionOf(element);
  const [row, column] = position === undefined ? [] : [rows[position.row], columns[position.column]];
  if (row === undefined || column === undefined) {
    return undefined;
  }
  const text = column.text(row);
  const meaning = column.mark?.(row)?.meaning;
  const isCut = [element, ...element.querySelectorAll('.grid-text')].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  return meaning === undefined ? (isCut ? text : undefined) : `${text} (${meaning})`;
}
