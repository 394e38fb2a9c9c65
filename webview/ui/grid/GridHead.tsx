import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon } from '../blocks.tsx';
import type { GridColumn, GridSort } from './Grid.tsx';

/** Height of both header rows, in CSS pixels. */
export const headHeight = 48;

interface VisibleColumn<R> {
  readonly column: GridColumn<R>;
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

interface GridHeadProps<R> {
  readonly id: string;
  readonly pinned: GridColumn<R> | undefined;
  readonly pinnedWidth: number;
  readonly visible: readonly VisibleColumn<R>[];
  readonly activeColumn: number | undefined;
  readonly sort: GridSort | undefined;
  readonly onActivate: (column: number) => void;
  readonly onSort: (column: string) => void;
  readonly onResize: (column: GridColumn<R>, width: number) => void;
}

/** The header rows: groups above, columns below. */
export function GridHead<R>({ id, pinned, pinnedWidth, visible, activeColumn, sort, onActivate, onSort, onResize }: GridHeadProps<R>): VNode {
  const drag = useRef<{ readonly from: number; readonly width: number } | undefined>(undefined);

  const header = (column: GridColumn<R>, index: number, start: number, size: number): VNode => {
    const sorted = sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : 'none';
    const classes = ['grid-cell grid-header', index === 0 ? 'grid-pinned' : '', column.numeric === true ? 'number' : ''];
    if (activeColumn === index) {
      classes.push('grid-active');
    }
    return (
      <div
        key={column.id}
        id={`${id}--1-${index}`}
        role="columnheader"
        aria-colindex={index + 1}
        aria-sort={column.sortable === true ? sorted : undefined}
        class={classes.join(' ')}
        style={index === 0 ? { width: `${size}px` } : { left: `${start}px`, width: `${size}px` }}
        title={[column.group, column.label].filter((part) => part !== '').join(' › ') + (column.note === undefined ? '' : `\n${column.note}`)}
        onClick={() => {
          onActivate(index);
          if (column.sortable === true) {
            onSort(column.id);
          }
        }}
      >
        <span class="grid-text">{column.label}</span>
        {column.note !== undefined && <span class="grid-note" aria-hidden="true" />}
        {sorted !== 'none' && <Icon name={sorted === 'ascending' ? 'arrow-up' : 'arrow-down'} />}
        <span
          class="grid-resizer"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
          }}
          onPointerDown={(event) => {
            event.stopPropagation();
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { from: event.clientX, width: size };
          }}
          onPointerMove={(event) => {
            if (drag.current !== undefined) {
              onResize(column, drag.current.width + event.clientX - drag.current.from);
            }
          }}
          onPointerUp={() => {
            drag.current = undefined;
          }}
        />
      </div>
    );
  };

  return (
    <div class="grid-head" role="rowgroup" style={{ height: `${headHeight}px` }}>
      <div role="row" aria-rowindex={1} class="grid-head-row">
        <div role="columnheader" aria-colindex={1} class="grid-cell grid-group grid-pinned" style={{ width: `${pinnedWidth}px` }}>
          <span class="sr-only">{pinned?.group === '' ? 'Run' : pinned?.group}</span>
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
        {pinned !== undefined && header(pinned, 0, 0, pinnedWidth)}
        {visible.map(({ column, index, start, size }) => header(column, index, start, size))}
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
function groupsOf<R>(visible: readonly VisibleColumn<R>[]): Group[] {
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
