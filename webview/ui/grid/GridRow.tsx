import { Component, type VNode } from 'preact';
import { headRows, type PlacedColumn } from './headProps.ts';
import type { TextWidth } from './textWidth.ts';

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
  readonly textWidth: TextWidth;
  /** The column of the active cell, if it is in this row. */
  readonly activeColumn: number | undefined;
  readonly context: string | undefined;
  readonly selected: boolean;
  readonly current: boolean;
  /** In a tree: the level from 1, and the place among the rows of the same parent, from 1. */
  readonly level: number | undefined;
  readonly place: number | undefined;
  readonly of: number | undefined;
  /** Undefined for a row that has no others below it. */
  readonly expanded: boolean | undefined;
}

/** What an element last drew of a column. */
interface KnownCell<R> {
  readonly row: R;
  readonly column: DrawnColumn<R>;
  readonly activeId: string | undefined;
  readonly cell: VNode;
}

/** Left and right of a cell's text, with its border, in CSS pixels. */
const cellPadding = 17;
/** Bold texts are at most this much wider than others. */
const bold = 1.12;

/** A row of a grid; it and each of its cells are drawn again only when something of them has changed. */
export class GridRow<R> extends Component<GridRowProps<R>> {
  private known = new Map<string, KnownCell<R>>();

  override shouldComponentUpdate(next: GridRowProps<R>): boolean {
    return Object.entries(next).some(([name, value]) => Reflect.get(this.props, name) !== value);
  }

  override render(): VNode {
    const { index, top, context, selected, current, level, place, of, expanded } = this.props;
    return (
      <div
        role="row"
        class={`grid-row${selected ? ' grid-selected' : ''}${current ? ' grid-current' : ''}${expanded === undefined ? '' : ' grid-branch'}`}
        aria-rowindex={index + headRows + 1}
        aria-selected={selected}
        data-vscode-context={context}
        aria-level={level}
        aria-posinset={place}
        aria-setsize={of}
        aria-expanded={expanded}
        style={{ top: `${top}px`, height: `${rowHeight}px` }}
      >
        {this.cells()}
      </div>
    );
  }

  private cells(): readonly VNode[] {
    const { row, columns, activeColumn, activeId } = this.props;
    const known = new Map<string, KnownCell<R>>();
    for (const column of columns) {
      const last = this.known.get(column.key);
      const own = activeColumn === column.index ? activeId : undefined;
      const same = last?.row === row && last.column === column && last.activeId === own;
      known.set(column.key, same ? last : { row, column, activeId: own, cell: this.cell(row, column, own) });
    }
    this.known = known;
    return [...known.values()].map(({ cell }) => cell);
  }

  private cell(row: R, { key, className, column, index, start, size }: DrawnColumn<R>, activeId: string | undefined): VNode {
    const text = column.text(row);
    const mark = column.mark?.(row);
    const shade = column.shade?.(row);
    const heavy = mark !== undefined || this.props.expanded !== undefined;
    const cut = column.render === undefined && this.props.textWidth(text) * (heavy ? bold : 1) > size - cellPadding;
    // One element and one text a cell: hundreds of them change in each frame of a scroll.
    return (
      <div
        key={key}
        id={activeId}
        role={index === 0 ? 'rowheader' : 'gridcell'}
        aria-colindex={index + 1}
        aria-label={mark === undefined || column.render !== undefined ? undefined : `${text}, ${mark.meaning}`}
        class={`${className}${cut ? ' grid-cut' : ''}${mark === undefined ? '' : ` ${mark.className}`}${shade === undefined ? '' : ' grid-shaded'}${activeId === undefined ? '' : ' grid-active'}`}
        style={{ left: `${start}px`, width: `${size}px`, ...(shade === undefined ? {} : { '--shade': shade.toFixed(3) }) }}
      >
        {column.render === undefined ? text : column.render(row)}
      </div>
    );
  }
}
