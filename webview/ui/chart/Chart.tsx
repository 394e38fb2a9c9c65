import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ToolButton } from '../blocks.tsx';
import { themeVersion } from '../theme.ts';
import { movedBy, nextRange } from './chartKeys.ts';
import { chartSvg } from './chartSvg.ts';
import { ChartTable } from './ChartTable.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { Legend, legendValue } from './Legend.tsx';
import { plotData, plotOptions } from './plot.ts';
import type { Underlay } from './underlay.ts';

/** From and to, on the x axis. */
export type ChartRange = readonly [number, number];

export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  /** Any CSS colour. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
  readonly under?: Underlay;
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
  /** Every x is above 0. */
  readonly logX?: boolean;
  /** The series have their values at different x: lines join over what they lack, and the nearest value is under the pointer. */
  readonly sparse?: boolean;
  /** The y axis begins at 0. */
  readonly fromZero?: boolean;
  /** Charts with the same key show the same x under the pointer. */
  readonly sync?: string;
  /** Span of the x axis where it is wider than the data. */
  readonly range?: ChartRange;
  readonly format: (value: number) => string;
  readonly formatX: (value: number) => string;
  /** Ticks of the x axis; where absent, numbers as they are. */
  readonly formatTick?: (value: number) => string;
  /** Distances at which they may stand. */
  readonly increments?: readonly number[];
  /** What of the x axis is shown, where the owner keeps it; `onZoom` is told when a user changes it. */
  readonly zoom?: ChartRange | undefined;
  readonly onZoom?: (range: ChartRange | undefined) => void;
  /** Beside the title. */
  readonly note?: ComponentChildren;
  readonly height?: number;
  /** Shown instead of the drawing when there is nothing to draw. */
  readonly empty?: ComponentChildren;
}

/** A chart with a legend that switches series, zoom by dragging or by keys, its numbers as a table, and exports. */
export function Chart(props: ChartProps): VNode {
  const { title, series, kind, log = false, logX = false, sparse = false, height = 170, empty, onZoom, increments } = props;
  const asTable = useSignal(false);
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const pointed = useSignal<number | undefined>(undefined);
  /** Reads the values under the pointer out where keys moved it. */
  const byKey = useSignal(false);
  const ownZoom = useSignal<ChartRange | undefined>(undefined);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const helpId = useId();
  const theme = themeVersion.value;
  const zoom = onZoom === undefined ? ownZoom.value : props.zoom;
  const shown = series.filter(({ id }) => !hidden.value.has(id));
  const current = { ...props, series: shown, zoom };
  const latest = useRef(current);
  latest.current = current;
  const isEmpty = props.x.length === 0 || series.length === 0;
  const isDrawn = !isEmpty && !asTable.value;

  const setZoom = (range: ChartRange | undefined): void => {
    if (onZoom === undefined) {
      ownZoom.value = range;
    } else {
      onZoom(range);
    }
  };
  const tellZoom = useRef(setZoom);
  tellZoom.current = setZoom;

  // What the drawing is made of; the values change without making it anew.
  const structure = JSON.stringify([theme, kind, log, logX, sparse, props.time, props.sync, increments?.length, asTable.value, isEmpty, height, shown.map(({ id, colour, dash }) => [id, colour, dash])]);

  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return undefined;
    }
    const options = plotOptions(() => latest.current, {
      width: Math.max(element.clientWidth, 50),
      height,
      zoomsAlone: onZoom !== undefined,
      onPoint: (index) => {
        pointed.value = index;
        byKey.value = false;
      },
      onZoom: (range) => {
        tellZoom.current(range);
      },
    });
    const made = new uPlot(options, plotData(latest.current), element);
    applyZoom(made, latest.current.zoom);
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
      pointed.value = undefined;
    };
  }, [structure]);

  useEffect(() => {
    plot.current?.setData(plotData(latest.current), zoom === undefined);
    applyZoom(plot.current, zoom);
  }, [props.x, series, props.range, zoom?.[0], zoom?.[1]]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const { x } = props;
    const whole = wholeRange(x);
    if (whole === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const range = nextRange(event, zoom ?? whole, whole, pointed.value === undefined ? undefined : x[pointed.value]);
    const moved = movedBy(event.key);
    if (range !== 'none') {
      event.preventDefault();
      setZoom(range);
    } else if (moved !== undefined && plot.current !== undefined) {
      event.preventDefault();
      const visible = x.flatMap((value, index) => (zoom === undefined || (value >= zoom[0] && value <= zoom[1]) ? [index] : []));
      const at = pointed.value === undefined ? -1 : visible.indexOf(pointed.value);
      const next = visible[at === -1 ? (moved > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + moved))];
      if (next !== undefined) {
        plot.current.setCursor({ left: plot.current.valToPos(x[next] ?? 0, 'x'), top: 0 });
        pointed.value = next;
        byKey.value = true;
      }
    }
  };

  return (
    <figure class="chart" aria-label={title}>
      <figcaption class="chart-title">
        <span title={title}>{title}</span>
        <span class="chart-tools">
          {props.note}
          {zoom !== undefined && (
            <ToolButton
              icon="screen-normal"
              label={`Reset zoom of ${title}`}
              onClick={() => {
                setZoom(undefined);
                place.current?.focus();
              }}
            />
          )}
          {isDrawn && (
            <ExportMenu
              title={title}
              svg={() => (plot.current === undefined ? undefined : chartSvg(plot.current, latest.current))}
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
      {!isEmpty && asTable.value && <ChartTable {...props} zoom={zoom} />}
      {isDrawn && (
        <>
          <div class="chart-place" ref={place} style={{ height: `${height}px` }} role="img" aria-label={`Chart of ${title}`} aria-describedby={helpId} tabIndex={0} onKeyDown={onKeyDown} />
          <span id={helpId} class="sr-only">
            Left and right read the values, plus and minus zoom, Shift with left and right moves along, 0 shows all.
          </span>
          <span class="sr-only" role="status">
            {byKey.value && pointed.value !== undefined && spoken(props, shown, pointed.value)}
          </span>
        </>
      )}
      {!isEmpty && (
        <Legend
          series={series}
          hidden={hidden.value}
          index={asTable.value ? undefined : pointed.value}
          sparse={sparse}
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

function wholeRange(x: readonly number[]): ChartRange | undefined {
  const [first, last] = [x[0], x.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last];
}

function applyZoom(plot: uPlot | undefined, zoom: ChartRange | undefined): void {
  if (zoom !== undefined) {
    plot?.setScale('x', { min: zoom[0], max: zoom[1] });
  }
}

function spoken({ x, formatX, format, sparse = false }: ChartProps, shown: readonly ChartSeries[], index: number): string {
  const values = shown.flatMap((item) => {
    const value = legendValue(item, index, sparse);
    return value === undefined ? [] : [`${item.label} ${format(value)}`];
  });
  return `${formatX(x[index] ?? 0)}: ${values.join(', ')}`;
}
