import type { VNode } from 'preact';
import type { ChartProps } from './Chart.tsx';

const mostRows = 1000;

/** The numbers of a chart, for those who cannot see it and those who want to read one off. */
export function ChartTable({ title, x, xLabel, series, time = false, format, formatX, height = 170 }: ChartProps): VNode {
  const first = Math.max(0, x.length - mostRows);
  const indexes = x.slice(first).map((_, offset) => first + offset);
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
      {first > 0 && <p class="muted">The last {mostRows} of {x.length} points.</p>}
    </div>
  );
}
