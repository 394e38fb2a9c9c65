import type { VNode } from 'preact';
import type { ChartProps } from './Chart.tsx';

const mostRows = 1000;

/** The numbers of a chart, for those who cannot see it and those who want to read one off. */
export function ChartTable({ title, x, xLabel, series, format, formatX, height = 170 }: ChartProps): VNode {
  const first = Math.max(0, x.length - mostRows);
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
          {x.slice(first).map((value, offset) => (
            <tr key={value}>
              <th scope="row">{formatX(value)}</th>
              {series.map((item) => {
                const cell = item.values[first + offset];
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
