import type uPlot from 'uplot';
import { resolveColour } from '../theme.ts';

/** What is drawn below a line: where the values lie that each point stands for, and the line before it was smoothed. */
export interface Underlay {
  /** Ascending. */
  readonly x: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly line?: readonly (number | null)[];
}

export interface UnderlaySeries {
  readonly colour: string;
  readonly under?: Underlay;
}

export const bandOpacity = 0.16;
export const lineOpacity = 0.3;

interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface UnderlayShapes {
  readonly colour: string;
  /** Closed outlines. */
  readonly bands: readonly (readonly Spot[])[];
  readonly lines: readonly (readonly Spot[])[];
}

/** The shapes of an underlay where `place` puts its values; values without a place break them. */
export function underlayShapes({ colour, under }: UnderlaySeries, place: (x: number, y: number) => Spot | undefined): UnderlayShapes {
  if (under === undefined) {
    return { colour, bands: [], lines: [] };
  }
  const spots = (values: readonly (number | null)[]): (Spot | undefined)[] =>
    under.x.map((x, index) => {
      const value = values[index];
      return value === null || value === undefined ? undefined : place(x, value);
    });
  const [lows, highs] = [spots(under.low), spots(under.high)];
  const pairs = lows.map((low, index) => {
    const high = highs[index];
    return low === undefined || high === undefined ? undefined : { low, high };
  });
  const bands = stretches(pairs)
    .filter((stretch) => stretch.some(({ low, high }) => low.y !== high.y))
    .map((stretch) => [...stretch.map(({ low }) => low), ...stretch.map(({ high }) => high).reverse()]);
  return { colour, bands, lines: under.line === undefined ? [] : stretches(spots(under.line)) };
}

/** Runs of at least two values without a gap. */
function stretches<T>(values: readonly (T | undefined)[]): T[][] {
  const found: T[][] = [[]];
  for (const value of values) {
    if (value === undefined) {
      found.push([]);
    } else {
      found.at(-1)?.push(value);
    }
  }
  return found.filter(({ length }) => length > 1);
}

/** The lowest and the highest value of underlays between two x. */
export function underlayExtremes(series: readonly UnderlaySeries[], from: number, to: number): readonly [number, number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const { under } of series) {
    under?.x.forEach((x, index) => {
      if (x >= from && x <= to) {
        lowest = Math.min(lowest, under.low[index] ?? Infinity);
        highest = Math.max(highest, under.high[index] ?? -Infinity);
      }
    });
  }
  return [lowest, highest];
}

/** Paints underlays on the canvas of a chart, within its axes. */
export function paintUnderlays(plot: uPlot, series: readonly UnderlaySeries[], log: { readonly x: boolean; readonly y: boolean }): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const item of series) {
    const { bands, lines, colour } = underlayShapes(item, (x, y) => ((log.x && x <= 0) || (log.y && y <= 0) ? undefined : { x: plot.valToPos(x, 'x', true), y: plot.valToPos(y, 'y', true) }));
    const resolved = resolveColour(colour);
    ctx.fillStyle = resolved;
    ctx.strokeStyle = resolved;
    ctx.lineWidth = devicePixelRatio;
    ctx.globalAlpha = bandOpacity;
    for (const band of bands) {
      trace(ctx, band);
      ctx.fill();
    }
    ctx.globalAlpha = lineOpacity;
    for (const line of lines) {
      trace(ctx, line);
      ctx.stroke();
    }
  }
  ctx.restore();
}

function trace(ctx: CanvasRenderingContext2D, spots: readonly Spot[]): void {
  ctx.beginPath();
  spots.forEach(({ x, y }) => {
    ctx.lineTo(x, y);
  });
}
