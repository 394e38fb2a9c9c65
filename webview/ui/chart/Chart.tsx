import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ToolButton } from '../blocks.tsx';
import { themeVersion } from '../theme.ts';
import { ChartTable } from './ChartTable.tsx';
import { Legend } from './Legend.tsx';
import { plotData, plotOptions } from './plot.ts';

export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  /** Any CSS colour. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Ascending; epoch milliseconds when `time` is set. */
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  readonly kind: 'lines' | 'stacked-bars';
  readonly time?: boolean;
  readonly log?: boolean;
  /** The y axis begins at 0. */
  readonly fromZero?: boolean;
  /** Charts with the same key show the same x under the pointer. */
  readonly sync?: string;
  /** Span of the x axis where it is wider than the data. */
  readonly range?: readonly [number, number];
  readonly format: (value: number) => string;
  readonly formatX: (value: number) => string;
  readonly height?: number;
  /** Shown instead of the drawing when there is nothing to draw. */
  readonly empty?: ComponentChildren;
}

/** A chart with a legend that switches series, zoom by dragging, and its numbers as a table. */
export function Chart(props: ChartProps): VNode {
  const { title, series, kind, log = false, height = 170, empty } = props;
  const asTable = useSignal(false);
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const pointed = useSignal<number | undefined>(undefined);
  const zoomed = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = themeVersion.value;
  const shown = series.filter(({ id }) => !hidden.value.has(id));
  const latest = useRef({ ...props, series: shown });
  latest.current = { ...props, series: shown };
  const isEmpty = props.x.length === 0 || series.length === 0;

  // What the drawing is made of; the values change without making it anew.
  const structure = JSON.stringify([theme, kind, log, asTable.value, isEmpty, height, shown.map(({ id, colour, dash }) => [id, colour, dash])]);

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return undefined;
    }
    const options = plotOptions(() => latest.current, {
      width: Math.max(element.clientWidth, 50),
      height,
      onPoint: (index) => {
        pointed.value = index;
      },
      onZoom: (now) => {
        zoomed.value = now;
      },
    });
    const made = new uPlot(options, plotData(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) {
        made.setSize({ width: element.clientWidth, height });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
      zoomed.value = false;
      pointed.value = undefined;
    };
  }, [structure]);

  useEffect(() => {
    plot.current?.setData(plotData(latest.current), !zoomed.value);
  }, [props.x, series, props.range]);

  return (
    <figure class="chart" aria-label={title}>
      <figcaption class="chart-title">
        <span title={title}>{title}</span>
        <span class="chart-tools">
          {zoomed.value && (
            <ToolButton
              icon="screen-normal"
              label="Reset zoom"
              onClick={() => {
                zoomed.value = false;
                plot.current?.setData(plotData(latest.current), true);
              }}
            />
          )}
          {!isEmpty && (
            <ToolButton
              icon={asTable.value ? 'graph-line' : 'table'}
              label={asTable.value ? `Show ${title} as chart` : `Show ${title} as table`}
              onClick={() => {
                asTable.value = !asTable.value;
              }}
            />
          )}
        </span>
      </figcaption>
      {isEmpty && (
        <div class="chart-empty" style={{ height: `${height}px` }}>
          {empty ?? 'No values yet.'}
        </div>
      )}
      {!isEmpty && asTable.value && <ChartTable {...props} />}
      {!isEmpty && !asTable.value && <div class="chart-place" ref={place} style={{ height: `${height}px` }} aria-hidden="true" />}
      {!isEmpty && (
        <Legend
          series={series}
          hidden={hidden.value}
          index={asTable.value ? undefined : pointed.value}
          x={props.x}
          formatX={props.formatX}
          format={props.format}
          onToggle={(id) => {
            const next = new Set(hidden.value);
            if (!next.delete(id)) {
              next.add(id);
            }
            hidden.value = next;
          }}
        />
      )}
    </figure>
  );
}
