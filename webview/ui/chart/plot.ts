import uPlot from 'uplot';
import { prefersReducedMotion, resolveColour } from '../theme.ts';
import type { ChartProps, ChartRange } from './chartProps.ts';
import { nearestValue, stack } from './curves.ts';
import { logSteps } from './ticks.ts';
import { paintUnderlays, underlayExtremes } from './underlay.ts';

/** How near to a line the pointer is on it, in CSS pixels. */
const reach = 12;
/** The opacity of lines while another one stands out. */
const dimmed = 0.15;

interface Drawing {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Tells the index of the x value under the pointer. */
  readonly onPoint: (index: number | undefined) => void;
  /** Tells which of the lines the pointer is on; where absent, none stands out. */
  readonly onFocus: ((index: number | undefined) => void) | undefined;
  readonly onZoom: (range: ChartRange | undefined) => void;
  /** A zoom of this chart is no zoom of those that are synchronized with it. */
  readonly zoomsAlone: boolean;
}

type Spacing = Pick<ChartProps, 'x' | 'series' | 'kind' | 'log'>;

/** The values as uPlot draws them; of a stack the highest totals first, so that lower ones are painted over them. */
export function plotData({ x, series, kind, log = false }: Spacing): uPlot.AlignedData {
  const values = series.map((item) => [...item.values]);
  if (kind === 'stacked-bars') {
    return [[...x], ...stack(values).reverse()];
  }
  return [[...x], ...values.map((item) => (log ? item.map((value) => (value !== null && value > 0 ? value : null)) : item))];
}

/** How uPlot draws a chart in the current theme. `current` gives the properties of the latest rendering. */
export function plotOptions(current: () => ChartProps, drawing: Drawing): uPlot.Options {
  const { series, kind, time = false, log = false, logX = false, fromZero = false, sparse = false, sync, increments } = current();
  const text = resolveColour('var(--slipway-muted)');
  const lines = resolveColour('var(--slipway-grid)');
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const axis: uPlot.Axis = {
    stroke: text,
    font: `11px ${fontFamily}`,
    grid: { stroke: lines, width: 1 },
    ticks: { stroke: lines, width: 1, size: 4 },
    gap: 4,
  };
  const ordered = kind === 'stacked-bars' ? [...series].reverse() : series;
  return {
    width: drawing.width,
    height: drawing.height,
    ms: 1,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { show: kind === 'lines', size: 7 },
      ...(drawing.onFocus === undefined ? {} : { focus: { prox: reach } }),
      ...(sparse ? { dataIdx: (plot, seriesIndex, index) => nearestValue(plot.data[seriesIndex] ?? [], index) ?? index } : {}),
      ...(sync === undefined ? {} : { sync: { key: sync, setSeries: false, ...(drawing.zoomsAlone ? { filters: { pub: isMove } } : {}) } }),
    },
    focus: { alpha: dimmed },
    scales: {
      x: { time, ...(logX ? { distr: 3 } : {}), range: (_plot, low, high) => xRange(current(), low, high) },
      y: {
        ...(log ? { distr: 3 } : {}),
        range: (plot, low, high) => {
          const extremes = withUnderlays(plot, current(), low, high);
          return log ? logRange(...extremes) : yRange(...extremes, fromZero || kind === 'stacked-bars');
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 64,
        ...(increments === undefined ? {} : { incrs: [...increments] }),
        ...(logX ? logTicks(Math.max(2, Math.floor(drawing.width / 90))) : {}),
        ...(time ? { values: timeValues } : { values: (_plot: uPlot, splits: (number | null)[]) => splits.map((value) => labelOf(value, current().formatTick ?? wholeNumber)) }),
      },
      { ...axis, size: widthOfLabels, space: 32, ...(log ? logTicks(6) : {}), values: (_plot, splits) => splits.map((value) => labelOf(value, current().format)) },
    ],
    series: [
      {},
      ...ordered.map((item): uPlot.Series => {
        const colour = resolveColour(item.colour);
        if (kind === 'stacked-bars') {
          return { label: item.label, stroke: colour, fill: colour, width: 0, points: { show: false }, paths: bars };
        }
        return {
          label: item.label,
          stroke: colour,
          width: 1.75,
          dash: [...(item.dash ?? [])],
          spanGaps: sparse,
          points: { show: fewPoints, size: 5, fill: colour, stroke: colour },
        };
      }),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          drawing.onPoint(plot.cursor.idx ?? undefined);
        },
      ],
      setSeries: [
        (_plot, index) => {
          drawing.onFocus?.(index === null ? undefined : index - 1);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (width > 2) {
            drawing.onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
          }
        },
      ],
      drawAxes: [
        (plot) => {
          const { series: drawn, legend } = current();
          const alone = drawn.filter(({ id }) => id === legend?.highlighted);
          paintUnderlays(plot, alone.length > 0 ? alone : drawn, { x: logX, y: log });
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener('dblclick', () => {
            drawing.onZoom(undefined);
          });
          plot.root.classList.toggle('chart-still', prefersReducedMotion());
        },
      ],
    },
  };
}

/** Other events make a selection, which is a zoom. */
function isMove(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

const wholeFormat = new Intl.NumberFormat('en');

function wholeNumber(value: number): string {
  return wholeFormat.format(value);
}

function logTicks(most: number): Pick<uPlot.Axis, 'splits' | 'filter'> {
  return { splits: (_plot, _axis, low, high) => logSteps(low, high, most), filter: (_plot, splits) => splits };
}

const bars = uPlot.paths.bars?.({ size: [0.85, 24], align: 0 }) ?? (() => null);

/** Points are drawn where they are sparse or stand alone, or they would not be seen. */
function fewPoints(plot: uPlot, seriesIndex: number): boolean {
  const values = plot.data[seriesIndex] ?? [];
  let count = 0;
  for (const value of values) {
    count += value === null || value === undefined ? 0 : 1;
  }
  return count < 12;
}

/** The extremes of lines and of what is drawn below them, in the part of the x axis that is shown. */
function withUnderlays(plot: uPlot, { series, log = false }: ChartProps, low: number | null, high: number | null): [number | null, number | null] {
  const { min, max } = plot.scales['x'] ?? {};
  const [lowest, highest] = underlayExtremes(series, min ?? -Infinity, max ?? Infinity);
  const least = Math.min(low ?? Infinity, log && lowest <= 0 ? Infinity : lowest);
  const most = Math.max(high ?? -Infinity, highest);
  return least > most ? [null, null] : [least, most];
}

function logRange(low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null || high <= 0) {
    return [0.1, 1];
  }
  const least = low > 0 ? low : high / 10;
  const room = high === least ? 2 : (high / least) ** 0.06;
  return [least / room, high * room];
}

function xRange({ range, x, kind, logX = false }: ChartProps, low: number, high: number): uPlot.Range.MinMax {
  const first = x[0];
  const last = x.at(-1);
  if (range !== undefined && low === first && high === last) {
    return [range[0], range[1]];
  }
  if (low === high) {
    return logX ? [low / 2, high * 2] : [low - 1, high + 1];
  }
  const half = kind === 'stacked-bars' && x.length > 1 ? (high - low) / (x.length - 1) / 2 : 0;
  return [low - half, high + half];
}

function yRange(low: number | null, high: number | null, fromZero: boolean): uPlot.Range.MinMax {
  if (low === null || high === null) {
    return [0, 1];
  }
  if (fromZero) {
    return [0, high <= 0 ? 1 : high * 1.08];
  }
  const room = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * 0.08;
  return [low - room, high + room];
}

function labelOf(value: number | null, format: (value: number) => string): string {
  return value === null ? '' : format(value);
}

const dayMilliseconds = 86_400_000;

/** Clock times; dates where ticks are a day apart. */
function timeValues(_plot: uPlot, splits: number[]): string[] {
  const apart = (splits[1] ?? 0) - (splits[0] ?? 0);
  const options: Intl.DateTimeFormatOptions = apart >= dayMilliseconds
    ? { month: 'short', day: 'numeric' }
    : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(apart < 60_000 ? { second: '2-digit' } : {}) };
  const format = new Intl.DateTimeFormat('en', options);
  return splits.map((split) => format.format(split));
}

/** Room for the longest label (https://github.com/leeoniya/uPlot/blob/master/demos/axis-autosize.html). */
function widthOfLabels(plot: uPlot, values: string[] | null, axisIndex: number, cycle: number): number {
  const axis = plot.axes[axisIndex];
  if (axis === undefined || cycle > 1) {
    const known: unknown = axis === undefined ? undefined : Reflect.get(axis, '_size');
    return typeof known === 'number' ? known : 40;
  }
  const longest = (values ?? []).reduce((most, value) => (value.length > most.length ? value : most), '');
  plot.ctx.font = axis.font?.[0] ?? plot.ctx.font;
  return Math.ceil(plot.ctx.measureText(longest).width / devicePixelRatio) + 14;
}
