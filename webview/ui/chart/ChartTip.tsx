import type { VNode } from 'preact';
import { legendValue } from './Legend.tsx';
import type { ChartSeries } from './chartProps.ts';

/** Where a chart is read, in CSS pixels of the window and of the value axis. */
export interface TipSpot {
  readonly left: number;
  readonly top: number;
  /** Of a series' value, how far it is from the pointer. */
  readonly distance: (value: number) => number;
}

interface TipProps {
  readonly spot: TipSpot;
  readonly heading: string;
  readonly series: readonly ChartSeries[];
  readonly index: number;
  readonly sparse: boolean;
  readonly highlighted: string | undefined;
  readonly format: (value: number) => string;
}

/** More lines hide the chart. */
const mostRows = 10;
const rowHeight = 19;
const widest = 300;
const apart = 14;

/** The values at the pointer, the highest first; of many series those nearest to it. The status of the chart says the same. */
export function ChartTip({ spot, heading, series, index, sparse, highlighted, format }: TipProps): VNode | null {
  const values = series.flatMap((item) => {
    const value = legendValue(item, index, sparse);
    return value === undefined ? [] : [{ item, value }];
  });
  if (values.length === 0) {
    return null;
  }
  const nearest = [...values].sort((a, b) => spot.distance(a.value) - spot.distance(b.value)).slice(0, mostRows);
  const rows = nearest.sort((a, b) => b.value - a.value);
  const tall = (rows.length + (values.length > rows.length ? 2 : 1)) * rowHeight + 12;
  const isLeft = spot.left + apart + widest > innerWidth;
  const side = isLeft ? { right: `${Math.max(4, innerWidth - spot.left + apart)}px` } : { left: `${spot.left + apart}px` };
  return (
    <div class="chart-tip" aria-hidden="true" style={{ ...side, top: `${Math.max(4, Math.min(spot.top + apart, innerHeight - tall - 4))}px`, maxWidth: `min(${widest}px, ${isLeft ? Math.max(120, spot.left - apart - 4) : widest}px)` }}>
      <div class="muted">{heading}</div>
      {rows.map(({ item, value }) => (
        <div key={item.id} class={item.id === highlighted ? 'chart-tip-row chart-tip-on' : 'chart-tip-row'}>
          <span class={item.dash !== undefined && item.dash.length > 0 ? 'legend-mark legend-dashed' : 'legend-mark'} style={{ '--mark': item.colour }} />
          <span class="legend-label">{item.label}</span>
          <span class="legend-value">{format(value)}</span>
        </div>
      ))}
      {values.length > rows.length && <div class="muted">and {values.length - rows.length} more</div>}
    </div>
  );
}
