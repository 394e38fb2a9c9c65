import type { RefObject, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Icon } from '../blocks.tsx';
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

interface GridHeadProps<R> {
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

interface Drag {
  readonly column: string;
  /** Position of the pointer where the drag began, in CSS pixels. */
  readonly from: number;
  /** Where the column goes; undefined until the pointer has moved far enough. */
  readonly to: number | undefined;
}

/** A click with a trembling hand is no drag. */
const dragPixels = 6;

/** Class names of a cell that stays in view. */
export function pinnedClass(index: number, pinned: number): string {
  return index >= pinned ? '' : index === pinned - 1 ? 'grid-pinned grid-pinned-last' : 'grid-pinned';
}

/** The header rows: groups above, columns below. A header is dragged to where its column should stand. */
export function GridHead<R>(props: GridHeadProps<R>): VNode {
  const { id, pinned, pinnedWidth, visible, scroller, activeColumn, sort, onActivate, onSort, onResize, onMove } = props;
  const resizing = useRef<{ readonly from: number; readonly width: number } | undefined>(undefined);
  const drag = useSignal<Drag | undefined>(undefined);
  const dragged = useRef(false);

  /** The column that is under the pointer, pinned ones above the others. */
  const columnAt = (clientX: number): number | undefined => {
    const element = scroller.current;
    if (element === null) {
      return undefined;
    }
    const x = clientX - element.getBoundingClientRect().left;
    const inside = (places: readonly PlacedColumn<R>[], at: number): number | undefined => places.find(({ start, size }) => at >= start && at < start + size)?.index;
    return x < pinnedWidth ? inside(pinned, x) : inside(visible, x + element.scrollLeft);
  };

  const header = ({ column, index, start, size }: PlacedColumn<R>): VNode => {
    const place = sort.findIndex((criterion) => criterion.column === column.id);
    const sorted = place < 0 ? 'none' : sort[place]?.descending === true ? 'descending' : 'ascending';
    const classes = ['grid-cell grid-header', pinnedClass(index, pinned.length), column.numeric === true ? 'number' : ''];
    if (activeColumn === index) {
      classes.push('grid-active');
    }
    if (drag.value?.to !== undefined) {
      classes.push(drag.value.column === column.id ? 'grid-dragged' : drag.value.to === index ? 'grid-drop' : '');
    }
    return (
      <div
        key={column.id}
        id={`${id}--1-${index}`}
        role="columnheader"
        aria-colindex={index + 1}
        aria-sort={column.sortable === true ? (place > 0 ? 'other' : sorted) : undefined}
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
        {column.note !== undefined && <span class="grid-note" aria-hidden="true" />}
        {sorted !== 'none' && <Icon name={sorted === 'ascending' ? 'arrow-up' : 'arrow-down'} />}
        {place >= 0 && sort.length > 1 && (
          <span class="grid-order">
            <span class="sr-only">{sorted}, order </span>
            {place + 1}
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
  };

  return (
    <div class="grid-head" role="rowgroup" style={{ height: `${headHeight}px` }}>
      <div role="row" aria-rowindex={1} class="grid-head-row">
        <div role="columnheader" aria-colindex={1} aria-colspan={pinned.length} class="grid-cell grid-group grid-pinned grid-pinned-last" style={{ width: `${pinnedWidth}px` }}>
          <span class="sr-only">{pinned.length > 1 ? 'Pinned' : 'Run'}</span>
        </div>
        {groupsOf(visible).map((group) => (
          <div
            key={`${group.label}-${group.index}`}
            role="columnheader"
            aria-colindex={group.index + 1}
            aria-colspan={group.columns}
            class="grid-cell grid-group"
            style={{ left: `${group.start}px`, width: `${group.width}px` }}
          >
            <span class="grid-text" style={{ left: `${pinnedWidth + 8}px` }}>
              {group.label === '' ? <span class="sr-only">Run</span> : group.label}
            </span>
          </div>
        ))}
      </div>
      <div role="row" aria-rowindex={2} class="grid-head-row">
        {pinned.map(header)}
        {visible.map(header)}
      </div>
    </div>
  );
}

interface Group {
  readonly label: string;
  readonly index: number;
  readonly columns: number;
  readonly start: number;
  readonly width: number;
}

/** Neighbours in view that share a group. */
function groupsOf<R>(visible: readonly PlacedColumn<R>[]): Group[] {
  const groups: Group[] = [];
  for (const { column, index, start, size } of visible) {
    const last = groups.at(-1);
    if (last?.label === column.group && last.index + last.columns === index) {
      groups[groups.length - 1] = { ...last, columns: last.columns + 1, width: last.width + size };
    } else {
      groups.push({ label: column.group, index, columns: 1, start, width: size });
    }
  }
  return groups;
}
