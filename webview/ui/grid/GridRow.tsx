import { Component, type VNode } from 'preact';
import { headRows, type PlacedColumn } from './GridHead.tsx';

/** Height of a row, in CSS pixels. */
export const rowHeight = 26;

/** A column that is drawn. */
export interface DrawnColumn<R> extends PlacedColumn<R> {
  /** Of the elements that draw it. */
  readonly key: string;
  /** Class names of all of its cells. */
  readonly className: string;
}

interface GridRowProps<R> {
  /** Id of the active cell's element. */
  readonly activeId: string;
  readonly row: R;
  readonly index: number;
  /** CSS pixels from the top of the grid. */
  readonly top: number;
  readonly columns: readonly DrawnColumn<R>[];
  /** The column of the active cell, if it is in this row. */
  readonly activeColumn: number | undefined;
  readonly selected: boolean;
  readonly current: boolean;
  /** In a tree: the level from 1, and the place among the rows of the same parent, from 1. */
  readonly level: number | undefined;
  readonly place: number | undefined;
  readonly of: number | undefined;
  /** Undefined for a row that has no others below it. */
  readonly expanded: boolean | undefined;
}

/** A row of a grid; drawn again only when something of it has changed. */
export class GridRow<R> extends Component<GridRowProps<R>> {
  override shouldComponentUpdate(next: GridRowProps<R>): boolean {
    return Object.entries(next).some(([name, value]) => Reflect.get(this.props, name) !== value);
  }

  override render(): VNode {
    const { row, index, top, columns, selected, current, level, place, of, expanded } = this.props;
    return (
      <div
        role="row"
        class={`grid-row${selected ? ' grid-selected' : ''}${current ? ' grid-current' : ''}${expanded === undefined ? '' : ' grid-branch'}`}
        aria-rowindex={index + headRows + 1}
        aria-selected={selected}
        aria-level={level}
        aria-posinset={place}
        aria-setsize={of}
        aria-expanded={expanded}
        style={{ top: `${top}px`, height: `${rowHeight}px` }}
      >
        {columns.map((column) => this.cell(row, column))}
      </div>
    );
  }

  private cell(row: R, { key, className, column, index, start, size }: DrawnColumn<R>): VNode {
    const { activeId, activeColumn } = this.props;
    const text = column.text(row);
    const mark = column.mark?.(row);
    const shade = column.shade?.(row);
    const isActive = activeColumn === index;
    // One element and one text a cell: hundreds of them change in each frame of a scroll.
    return (
      <div
        key={key}
        id={isActive ? activeId : undefined}
        role={index === 0 ? 'rowheader' : 'gridcell'}
        aria-colindex={index + 1}
        aria-label={mark === undefined || column.render !== undefined ? undefined : `${text}, ${mark.meaning}`}
        class={`${className}${mark === undefined ? '' : ` ${mark.className}`}${shade === undefined ? '' : ' grid-shaded'}${isActive ? ' grid-active' : ''}`}
        style={{ left: `${start}px`, width: `${size}px`, ...(shade === undefined ? {} : { '--shade': shade.toFixed(3) }) }}
      >
        {column.render === undefined ? text : column.render(row)}
      </div>
    );
  }
}
