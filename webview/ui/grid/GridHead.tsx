import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { GridHeadCell, type HeaderDrag } from './GridHeadCell.tsx';
import { headHeight, type GridHeadProps, type PlacedColumn } from './headProps.ts';

/** The header rows: groups above, columns below. A header is dragged to where its column should stand. */
export function GridHead<R>(props: GridHeadProps<R>): VNode {
  const { pinned, pinnedWidth, visible, scroller } = props;
  const drag = useSignal<HeaderDrag | undefined>(undefined);

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
        {[...pinned, ...visible].map((place) => (
          <GridHeadCell key={place.column.id} {...props} place={place} drag={drag} columnAt={columnAt} />
        ))}
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
