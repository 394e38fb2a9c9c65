import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ToolButton } from '../blocks.tsx';
import { useWidth } from '../useWidth.ts';
import { ExportMenu } from './ExportMenu.tsx';
import { standaloneSvg } from './standaloneSvg.ts';

interface DrawingProps {
  readonly title: string;
  readonly note?: ComponentChildren;
  /** CSS pixels. */
  readonly height: number;
  /** The content of an `svg` element of this width. */
  readonly draw: (width: number) => ComponentChildren;
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly string[])[];
  readonly controls?: ComponentChildren;
  /** It has parts that take keys. */
  readonly interactive?: boolean;
}

const mostRows = 500;

/** A drawing of our own with its title, its numbers as a table, and a copy that stands alone. */
export function Drawing({ title, note, height, draw, columns, rows, controls, interactive = false }: DrawingProps): VNode {
  const asTable = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  return (
    <figure class="chart drawing" aria-label={title}>
      <figcaption class="chart-title">
        <span title={title}>{title}</span>
        <span class="chart-tools">
          {!asTable.value && (
            <ExportMenu
              title={title}
              svg={() => {
                const drawn = place.current?.querySelector('svg');
                return drawn instanceof SVGSVGElement ? standaloneSvg(drawn, title) : undefined;
              }}
            />
          )}
          <ToolButton
            icon={asTable.value ? 'graph-scatter' : 'table'}
            label={asTable.value ? `Show ${title} as chart` : `Show ${title} as table`}
            onClick={() => {
              asTable.value = !asTable.value;
            }}
          />
        </span>
      </figcaption>
      {controls !== undefined && <div class="drawing-controls">{controls}</div>}
      <div ref={place}>
        {asTable.value ? (
          <NumbersTable title={title} columns={columns} rows={rows()} height={height} />
        ) : (
          width > 0 && (
            <svg class="drawing-svg" width={width} height={height} viewBox={`0 0 ${width} ${height}`} {...(interactive ? { role: 'group', 'aria-label': title } : { 'aria-hidden': true })}>
              {draw(width)}
            </svg>
          )
        )}
      </div>
      {note !== undefined && <p class="muted drawing-note">{note}</p>}
    </figure>
  );
}

interface NumbersTableProps {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly height: number;
}

function NumbersTable({ title, columns, rows, height }: NumbersTableProps): VNode {
  return (
    <div class="chart-table" role="region" aria-label={`${title}, table`} tabIndex={0} style={{ maxHeight: `${height}px` }}>
      <table>
        <thead>
          <tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map((row, index) => (
            <tr key={index}>{row.map((cell, at) => (at === 0 ? <th key={at} scope="row">{cell}</th> : <td key={at} class="number">{cell === '' ? '–' : cell}</td>))}</tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostRows && <p class="muted">The first {mostRows} of {rows.length} rows.</p>}
    </div>
  );
}
