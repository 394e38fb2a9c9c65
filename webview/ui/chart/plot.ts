import uPlot from 'uplot';
import { prefersReducedMotion, resolveColour } from '../theme.ts';
import { stack } from './curves.ts';
import type { ChartProps } from './Chart.tsx';

interface Drawing {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Tells the index of the x value under the pointer. */
  readonly onPoint: (index: number | undefined) => void;
  readonly onZoom: (zoomed: boolean) => void;
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
  const { series, kind, time = false, log = false, fromZero = false, sync } = current();
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
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: true },
      points: { show: kind === 'lines', size: 7 },
      ...(sync === undefined ? {} : { sync: { key: sync, setSeries: false } }),
    },
    scales: {
      x: { time, range: (_plot, low, high) => xRange(current(), low, high) },
      y: log
        ? { distr: 3 }
        : { range: (_plot, low, high) => yRange(low, high, fromZero || kind === 'stacked-bars') },
    },
    axes: [
      { ...axis, size: 26, space: 60, ...(time ? { values: timeValues } : {}) },
      { ...axis, size: widthOfLabels, space: 32, values: (_plot, splits) => splits.map((value) => labelOf(value, current().format)) },
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
          spanGaps: kind === 'lines' && !time,
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
      setSelect: [
        (plot) => {
          drawing.onZoom(plot.select.width > 0);
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener('dblclick', () => {
            drawing.onZoom(false);
          });
          plot.root.classList.toggle('chart-still', prefersReducedMotion());
        },
      ],
    },
  };
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

function xRange({ range, x, kind }: ChartProps, low: number, high: number): uPlot.Range.MinMax {
  const first = x[0];
  const last = x.at(-1);
  if (range !== undefined && low === first && high === last) {
    return [range[0], range[1]];
  }
  if (low === high) {
    return [low - 1, high + 1];
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
