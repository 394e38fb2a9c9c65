import 'uplot/dist/uPlot.min.css';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId, useMemo } from 'preact/hooks';
import { ToolButton } from '../blocks.tsx';
import { toggledSet } from '../toggledSet.ts';
import { movedBy, nextRange } from './chartKeys.ts';
import type { ChartProps, ChartRange, ChartSeries } from './chartProps.ts';
import { chartSvg } from './chartSvg.ts';
import { ChartTable } from './ChartTable.tsx';
import { ChartTip } from './ChartTip.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { Legend, legendValue } from './Legend.tsx';
import { type ChartPlot, spotOf, usePlot } from './usePlot.ts';

/** A chart with a legend that switches series, zoom by dragging or by keys, its numbers as a table, and exports. */
export function Chart(props: ChartProps): VNode {
  const { title, series, sparse = false, large = false, legend, empty, onZoom } = props;
  const height = props.height ?? (large ? 400 : 170);
  const asTable = useSignal(false);
  const ownHidden = useSignal<ReadonlySet<string>>(new Set());
  const ownZoom = useSignal<ChartRange | undefined>(undefined);
  const zoom = onZoom === undefined ? ownZoom.value : props.zoom;
  const hidden = legend?.hidden ?? ownHidden.value;
  const shown = useMemo(() => series.filter(({ id }) => !hidden.has(id)), [series, hidden]);
  const isEmpty = props.x.length === 0 || series.length === 0;
  const isDrawn = !isEmpty && !asTable.value;
  const setZoom = (range: ChartRange | undefined): void => {
    if (onZoom === undefined) {
      ownZoom.value = range;
    } else {
      onZoom(range);
    }
  };
  const chart = usePlot({ ...props, series: shown, zoom }, height, isDrawn, setZoom);
  const { plot, latest, pointed, spot } = chart;

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
                chart.place.current?.focus();
              }}
            />
          )}
          {isDrawn && <ExportMenu title={title} svg={() => (plot.current === undefined ? undefined : chartSvg(plot.current, latest.current))} />}
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
      {isDrawn && <Place props={props} shown={shown} chart={chart} height={height} zoom={zoom} setZoom={setZoom} />}
      {isDrawn && legend !== undefined && spot.value !== undefined && pointed.value !== undefined && (
        <ChartTip
          spot={spot.value}
          heading={props.formatX(props.x[pointed.value] ?? 0)}
          series={shown}
          index={pointed.value}
          sparse={sparse}
          highlighted={legend.highlighted}
          format={props.format}
        />
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

interface PlaceProps {
  readonly props: ChartProps;
  readonly shown: readonly ChartSeries[];
  readonly chart: ChartPlot;
  readonly height: number;
  readonly zoom: ChartRange | undefined;
  readonly setZoom: (range: ChartRange | undefined) => void;
}

/** Where the drawing lies, with its keys, and what they say to screen readers. */
function Place({ props, shown, chart, height, zoom, setZoom }: PlaceProps): VNode {
  const { pointed, spot, byKey } = chart;
  const helpId = useId();
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
    } else if (moved !== undefined) {
      event.preventDefault();
      pointAt(chart, x, nextPoint(x, zoom, pointed.value, moved));
    }
  };
  return (
    <>
      <div class="chart-place" ref={chart.place} style={{ height: `${height}px` }} role="img" aria-label={`Chart of ${props.title}`} aria-describedby={helpId} tabIndex={0} onKeyDown={onKeyDown} onBlur={leaveKeys} />
      <span id={helpId} class="sr-only">
        Left and right read the values, plus and minus zoom, Shift with left and right moves along, 0 shows all.
      </span>
      <span class="sr-only" role="status">
        {byKey.value && pointed.value !== undefined && spoken(props, shown, pointed.value)}
      </span>
    </>
  );
}

/** The index that keys come to: the next in view, or an end of it for an infinite move; undefined when nothing is in view. */
function nextPoint(x: readonly number[], zoom: ChartRange | undefined, from: number | undefined, moved: number): number | undefined {
  const visible = x.flatMap((value, index) => (zoom === undefined || (value >= zoom[0] && value <= zoom[1]) ? [index] : []));
  const at = from === undefined ? -1 : visible.indexOf(from);
  return visible[at === -1 && Number.isFinite(moved) ? (moved > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + moved))];
}

function pointAt({ plot: { current: plot }, pointed, spot, byKey }: ChartPlot, x: readonly number[], index: number | undefined): void {
  if (plot === undefined || index === undefined) {
    return;
  }
  plot.setCursor({ left: plot.valToPos(x[index] ?? 0, 'x'), top: 0 });
  pointed.value = index;
  spot.value = spotOf(plot);
  byKey.value = true;
}

function wholeRange(x: readonly number[]): ChartRange | undefined {
  const [first, last] = [x[0], x.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last];
}

function spoken({ x, formatX, format, sparse = false }: ChartProps, shown: readonly ChartSeries[], index: number): string {
  const values = shown.flatMap((item) => {
    const value = legendValue(item, index, sparse);
    return value === undefined ? [] : [`${item.label} ${format(value)}`];
  });
  return `${formatX(x[index] ?? 0)}: ${values.join(', ')}`;
}
