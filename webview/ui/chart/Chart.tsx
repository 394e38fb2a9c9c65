import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ToolButton } from '../blocks.tsx';
import { themeVersion } from '../theme.ts';
import { toggledSet } from '../toggledSet.ts';
import { movedBy, nextRange } from './chartKeys.ts';
import { chartSvg } from './chartSvg.ts';
import { ChartTable } from './ChartTable.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { ChartTip, type TipSpot } from './ChartTip.tsx';
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

/** One legend for several charts, which its owner draws; each chart then shows its values beside the pointer. */
export interface SharedLegend {
  readonly hidden: ReadonlySet<string>;
  /** The others are dimmed. */
  readonly highlighted: string | undefined;
  /** Told which line is under the pointer. */
  readonly onHighlight: (id: string | undefined) => void;
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
  /** As wide as all charts together. */
  readonly large?: boolean;
  readonly legend?: SharedLegend;
  /** Shown instead of the drawing when there is nothing to draw. */
  readonly empty?: ComponentChildren;
}

/** A chart with a legend that switches series, zoom by dragging or by keys, its numbers as a table, and exports. */
export function Chart(props: ChartProps): VNode {
  const { title, series, kind, log = false, logX = false, sparse = false, large = false, legend, empty, onZoom, increments } = props;
  const height = props.height ?? (large ? 400 : 170);
  const asTable = useSignal(false);
  const ownHidden = useSignal<ReadonlySet<string>>(new Set());
  const spot = useSignal<TipSpot | undefined>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  /** Reads the values under the pointer out where keys moved it. */
  const byKey = useSignal(false);
  const ownZoom = useSignal<ChartRange | undefined>(undefined);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const helpId = useId();
  const theme = themeVersion.value;
  const zoom = onZoom === undefined ? ownZoom.value : props.zoom;
  const hidden = legend?.hidden ?? ownHidden.value;
  const shown = series.filter(({ id }) => !hidden.has(id));
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
        const { current: read } = plot;
        spot.value = read !== undefined && index !== undefined && read.over.matches(':hover') ? spotOf(read) : undefined;
      },
      onFocus: legend === undefined ? undefined : (index) => latest.current.legend?.onHighlight(index === undefined ? undefined : latest.current.series[index]?.id),
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

  const highlighted = legend?.highlighted;
  useEffect(() => {
    const { current: drawn } = plot;
    const at = latest.current.series.findIndex(({ id }) => id === highlighted);
    if (drawn !== undefined && isInView(drawn.root)) {
      // Without its hooks: they tell of what the pointer is on.
      drawn.setSeries(at < 0 ? null : at + 1, { focus: true }, false);
    }
  }, [highlighted, structure]);

  const leaveKeys = (): void => {
    if (byKey.value) {
      pointed.value = undefined;
      spot.value = undefined;
      byKey.value = false;
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { x } = props;
    if (event.key === 'Escape' && spot.value !== undefined) {
      event.stopPropagation();
      spot.value = undefined;
      return;
    }
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
      const next = visible[at === -1 && Number.isFinite(moved) ? (moved > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + moved))];
      if (next !== undefined) {
        plot.current.setCursor({ left: plot.current.valToPos(x[next] ?? 0, 'x'), top: 0 });
        pointed.value = next;
        spot.value = spotOf(plot.current);
        byKey.value = true;
      }
    }
  };

  return (
    <figure class={large ? 'chart chart-large' : 'chart'} aria-label={title}>
      <figcaption class="chart-title">
        <span title={title}>{title}</span>
        <span class="chart-tools">
          {props.note}
          {zoom !== undefined && (
            <ToolButton
              icon="zoom-out"
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
          <div class="chart-place" ref={place} style={{ height: `${height}px` }} role="img" aria-label={`Chart of ${title}`} aria-describedby={helpId} tabIndex={0} onKeyDown={onKeyDown} onBlur={leaveKeys} />
          <span id={helpId} class="sr-only">
            Left and right read the values, plus and minus zoom, Shift with left and right moves along, 0 shows all.
          </span>
          <span class="sr-only" role="status">
            {byKey.value && pointed.value !== undefined && spoken(props, shown, pointed.value)}
          </span>
        </>
      )}
      {isDrawn && legend !== undefined && spot.value !== undefined && pointed.value !== undefined && (
        <ChartTip spot={spot.value} heading={props.formatX(props.x[pointed.value] ?? 0)} series={shown} index={pointed.value} sparse={sparse} highlighted={highlighted} format={props.format} />
      )}
      {!isEmpty && legend === undefined && (
        <Legend
          series={series}
          hidden={hidden}
          index={asTable.value ? undefined : pointed.value}
          sparse={sparse}
          x={props.x}
          formatX={props.formatX}
          format={props.format}
          onToggle={(id) => {
            ownHidden.value = toggledSet(hidden, id);
          }}
        />
      )}
    </figure>
  );
}

/** A change of what cannot be seen would hold up what can. */
function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function spotOf(plot: uPlot): TipSpot {
  const box = plot.over.getBoundingClientRect();
  const { left = 0, top = 0 } = plot.cursor;
  return { left: box.left + left, top: box.top + top, distance: (value) => Math.abs(plot.valToPos(value, 'y') - top) };
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
