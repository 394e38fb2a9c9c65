import type { VNode } from 'preact';
import type { ChartSeries } from './chartProps.ts';
import { nearestValue } from './curves.ts';

interface LegendProps {
  readonly series: readonly ChartSeries[];
  readonly hidden: ReadonlySet<string>;
  /** Index of the x value under the pointer. */
  readonly index: number | undefined;
  /** The nearest value counts where there is none at this x. */
  readonly sparse: boolean;
  readonly x: readonly number[];
  readonly formatX: (value: number) => string;
  readonly format: (value: number) => string;
  readonly onToggle: (id: string) => void;
}

/** What each line is; a button each that hides it, with its value under the pointer. */
export function Legend({ series, hidden, index, sparse, x, formatX, format, onToggle }: LegendProps): VNode {
  const at = index === undefined ? undefined : x[index];
  return (
    <div class="legend">
      {series.map((item) => {
        const value = index === undefined ? undefined : legendValue(item, index, sparse);
        const dashed = item.dash !== undefined && item.dash.length > 0;
        return (
          <button
            key={item.id}
            type="button"
            class={hidden.has(item.id) ? 'legend-item legend-off' : 'legend-item'}
            aria-pressed={!hidden.has(item.id)}
            title={`${hidden.has(item.id) ? 'Show' : 'Hide'} ${item.label}`}
            onClick={() => {
              onToggle(item.id);
            }}
          >
            <span class={dashed ? 'legend-mark legend-dashed' : 'legend-mark'} style={{ '--mark': item.colour }} />
            <span class="legend-label">{item.label}</span>
            {value !== undefined && <span class="legend-value">{format(value)}</span>}
          </button>
        );
      })}
      {at !== undefined && <span class="legend-at">{formatX(at)}</span>}
    </div>
  );
}

/** The value of a series under the pointer. */
export function legendValue({ values }: ChartSeries, index: number, sparse: boolean): number | undefined {
  const at = sparse ? nearestValue(values, index) : index;
  return at === undefined ? undefined : (values[at] ?? undefined);
}
