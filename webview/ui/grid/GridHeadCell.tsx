import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon } from '../blocks.tsx';
import { pinnedClass, type GridHeadProps, type PlacedColumn } from './headProps.ts';

/** A header that is being dragged to another place. */
export interface HeaderDrag {
  readonly column: string;
  /** Position of the pointer where the drag began, in CSS pixels. */
  readonly from: number;
  /** Where the column goes; undefined until the pointer has moved far enough. */
  readonly to: number | undefined;
}

/** A click with a trembling hand is no drag. */
const dragPixels = 6;

interface GridHeadCellProps<R> extends GridHeadProps<R> {
  readonly place: PlacedColumn<R>;
  readonly drag: Signal<HeaderDrag | undefined>;
  /** The column that is under a position of the pointer. */
  readonly columnAt: (clientX: number) => number | undefined;
}

/** The header of one column: a click sorts, its edge resizes, a drag moves the column. */
export function GridHeadCell<R>({ id, pinned, place: { column, index, start, size }, activeColumn, sort, drag, columnAt, onActivate, onSort, onResize, onMove }: GridHeadCellProps<R>): VNode {
  const resizing = useRef<{ readonly from: number; readonly width: number } | undefined>(undefined);
  const dragged = useRef(false);
  const order = sort.findIndex((criterion) => criterion.column === column.id);
  const sorted = order < 0 ? 'none' : sort[order]?.descending === true ? 'descending' : 'ascending';
  const classes = ['grid-cell grid-header', pinnedClass(index, pinned.length), column.numeric === true ? 'number' : ''];
  if (activeColumn === index) {
    classes.push('grid-active');
  }
  if (drag.value?.to !== undefined) {
    classes.push(drag.value.column === column.id ? 'grid-dragged' : drag.value.to === index ? 'grid-drop' : '');
  }
  return (
    <div
      id={`${id}--1-${index}`}
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={column.sortable === true ? (order > 0 ? 'other' : sorted) : undefined}
      class={classes.join(' ')}
      style={{ left: `${start}px`, width: `${size}px` }}
      title={[column.group, column.label].filter((part) => part !== '').join(' › ') + (column.note === undefined ? '' : `\n${column.note}`)}
      onClick={(event) => {
        if (dragged.current) {
          dragged.current = false;
          return;
        }
        onActivate(index);
        if (column.sortable === true) {
          onSort(column.id, event.shiftKey);
        }
      }}
      onPointerDown={(event) => {
        dragged.current = false;
        if (index > 0 && event.button === 0) {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.value = { column: column.id, from: event.clientX, to: undefined };
        }
      }}
      onPointerMove={(event) => {
        const current = drag.value;
        if (current !== undefined && (current.to !== undefined || Math.abs(event.clientX - current.from) > dragPixels)) {
          drag.value = { ...current, to: columnAt(event.clientX) ?? current.to ?? index };
        }
      }}
      onPointerUp={() => {
        const to = drag.value?.to;
        drag.value = undefined;
        if (to !== undefined) {
          dragged.current = true;
          onMove(column.id, to);
        }
      }}
      onPointerCancel={() => {
        drag.value = undefined;
      }}
    >
      <span class="grid-text">{column.label}</span>
      {column.signs?.map(({ icon, on, title, meaning, run }) => (
        <span
          key={title}
          class={on ? 'grid-sign grid-sign-on' : 'grid-sign'}
          title={title}
          onPointerDown={(event) => {
            event.stopPropagation();
          }}
          onClick={(event) => {
            event.stopPropagation();
            run();
          }}
        >
          <Icon name={icon} />
          {on && <span class="sr-only">, {meaning}</span>}
        </span>
      ))}
      {column.note !== undefined && <span class="grid-note" aria-hidden="true" />}
      {sorted !== 'none' && <Icon name={sorted === 'ascending' ? 'arrow-up' : 'arrow-down'} />}
      {order >= 0 && sort.length > 1 && (
        <span class="grid-order">
          <span class="sr-only">{sorted}, order </span>
          {order + 1}
        </span>
      )}
      <span
        class="grid-resizer"
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
        }}
        onPointerDown={(event) => {
          event.stopPropagation();
          event.currentTarget.setPointerCapture(event.pointerId);
          resizing.current = { from: event.clientX, width: size };
        }}
        onPointerMove={(event) => {
          if (resizing.current !== undefined) {
            onResize(column, resizing.current.width + event.clientX - resizing.current.from);
          }
        }}
        onPointerUp={(event) => {
          event.stopPropagation();
          resizing.current = undefined;
        }}
      />
    </div>
  );
}
