import type { VNode } from 'preact';
import type { ChartProps } from './chartProps.ts';

const mostRows = 1000;

/** The numbers of a chart, or of the part that is zoomed in on, for those who cannot see it and those who want to read one off. */
export function ChartTable({ title, x, xLabel, series, time = false, format, formatX, height = 170, zoom }: ChartProps): VNode {
  const visible = x.flatMap((value, index) => (zoom === undefined || (value >= zoom[0] && value <= zoom[1]) ? [index] : []));
  const indexes = visible.slice(-mostRows);
  // Of a time series the newest is what one looks for.
  const ordered = time ? indexes.reverse() : indexes;
  return (
    <div class="chart-table" role="region" aria-label={`${title}, table`} tabIndex={0} style={{ maxHeight: `${Math.max(height, 120)}px` }}>
      <table>
        <thead>
          <tr>
            <th scope="col">{xLabel}</th>
            {series.map((item) => (
              <th key={item.id} scope="col" class="number">
                {item.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.map((index) => (
            <tr key={index}>
              <th scope="row">{formatX(x[index] ?? 0)}</th>
              {series.map((item) => {
                const cell = item.values[index];
                return (
                  <td key={item.id} class="number">
                    {cell === null || cell === undefined ? '–' : format(cell)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {visible.length > mostRows && <p class="muted">The last {mostRows} of {visible.length} points.</p>}
    </div>
  );
}
