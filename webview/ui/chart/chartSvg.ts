import type uPlot from 'uplot';
import { resolveColour } from '../theme.ts';
import type { ChartProps, ChartSeries } from './chartProps.ts';
import { pageLook } from './pageLook.ts';
import { element, svgDocument, textElement, type PageLook, type SvgDocument, type SvgMarkup } from './svgText.ts';
import { bandOpacity, lineOpacity, underlayShapes } from './underlay.ts';

interface Tick {
  readonly at: number;
  readonly label: string;
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const legendLine = 18;

/** A chart as it is drawn, as a document of its own: axes, lines, bands, and a legend. */
export function chartSvg(plot: uPlot, props: ChartProps): SvgDocument {
  const look = pageLook();
  const ratio = devicePixelRatio;
  const { left, top, width, height } = plot.bbox;
  const area = { left: left / ratio, top: top / ratio, right: (left + width) / ratio, bottom: (top + height) / ratio };
  const legend = legendOf(props.series, plot.width, look);
  const clip = 'plot';
  const content = element(
    'g',
    {},
    element('clipPath', { id: clip }, element('rect', { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top })),
    axes(plot, area, look),
    element('g', { 'clip-path': `url(#${clip})` }, props.kind === 'stacked-bars' ? bars(plot, props) : lines(plot, props)),
    element('g', { transform: `translate(0 ${plot.height + 6})` }, legend.content),
  );
  return svgDocument(props.title, look, { width: plot.width, height: plot.height + 6 + legend.height }, content);
}

/** uPlot keeps the ticks that it drew to itself. */
function ticksOf(plot: uPlot, index: number, scale: string, offset: number): Tick[] {
  const axis = plot.axes[index];
  const splits: unknown = axis === undefined ? undefined : Reflect.get(axis, '_splits');
  const values: unknown = axis === undefined ? undefined : Reflect.get(axis, '_values');
  if (!Array.isArray(splits) || !Array.isArray(values)) {
    return [];
  }
  return splits.flatMap((split: unknown, position) => {
    const label: unknown = values[position];
    return typeof split === 'number' && (typeof label === 'string' || typeof label === 'number') ? [{ at: plot.valToPos(split, scale) + offset, label: String(label) }] : [];
  });
}

function axes(plot: uPlot, area: Area, look: PageLook): SvgMarkup {
  const stroke = resolveColour('var(--slipway-grid)');
  const across = ticksOf(plot, 0, 'x', area.left).filter(({ at }) => at >= area.left - 1 && at <= area.right + 1);
  const up = ticksOf(plot, 1, 'y', area.top).filter(({ at }) => at >= area.top - 1 && at <= area.bottom + 1);
  const parts = [
    ...across.flatMap(({ at, label }) => [
      element('line', { x1: at, x2: at, y1: area.top, y2: area.bottom + 4, stroke }),
      textElement(label, { x: at, y: area.bottom + 17, 'text-anchor': 'middle', fill: look.muted }),
    ]),
    ...up.flatMap(({ at, label }) => [
      element('line', { x1: area.left - 4, x2: area.right, y1: at, y2: at, stroke }),
      textElement(label, { x: area.left - 8, y: at, 'text-anchor': 'end', 'dominant-baseline': 'central', fill: look.muted }),
    ]),
  ];
  return element('g', {}, ...parts);
}

/** A position on the page; undefined where a logarithmic axis has none. */
type Place = (x: number, y: number) => { readonly x: number; readonly y: number } | undefined;

function placeIn(plot: uPlot, { log = false, logX = false }: ChartProps): Place {
  const { left, top } = plot.bbox;
  return (x, y) => ((log && y <= 0) || (logX && x <= 0) ? undefined : { x: plot.valToPos(x, 'x') + left / devicePixelRatio, y: plot.valToPos(y, 'y') + top / devicePixelRatio });
}

function pathOf(spots: readonly { readonly x: number; readonly y: number }[]): string {
  return spots.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function lines(plot: uPlot, props: ChartProps): SvgMarkup {
  const place = placeIn(plot, props);
  const { x, series, sparse = false } = props;
  const under = series.flatMap((item) => {
    const { bands, lines: thin } = underlayShapes(item, place);
    const colour = resolveColour(item.colour);
    return [
      ...bands.map((band) => element('path', { d: `${pathOf(band)}Z`, fill: colour, 'fill-opacity': bandOpacity })),
      ...thin.map((line) => element('path', { d: pathOf(line), fill: 'none', stroke: colour, 'stroke-opacity': lineOpacity })),
    ];
  });
  const over = series.flatMap(({ values, colour, dash }) => {
    const stroke = resolveColour(colour);
    const parts: { x: number; y: number }[][] = [[]];
    x.forEach((at, index) => {
      const value = values[index];
      const spot = value === null || value === undefined ? undefined : place(at, value);
      if (spot !== undefined) {
        parts.at(-1)?.push(spot);
      } else if (!sparse) {
        parts.push([]);
      }
    });
    const dots = parts.flat().length < 12 ? parts.flat() : parts.filter(({ length }) => length === 1).flat();
    return [
      ...parts.filter(({ length }) => length > 1).map((part) => element('path', { d: pathOf(part), fill: 'none', stroke, 'stroke-width': 1.75, 'stroke-dasharray': dash?.join(' ') || undefined })),
      ...dots.map((dot) => element('circle', { cx: dot.x, cy: dot.y, r: 2.5, fill: stroke })),
    ];
  });
  return element('g', {}, ...under, ...over);
}

function bars(plot: uPlot, props: ChartProps): SvgMarkup {
  const { x, series } = props;
  const place = placeIn(plot, props);
  const apart = x.length < 2 ? 24 : ((place(x.at(-1) ?? 0, 0)?.x ?? 0) - (place(x[0] ?? 0, 0)?.x ?? 0)) / (x.length - 1);
  const wide = Math.min(24, Math.max(1, apart * 0.85));
  const totals = x.map(() => 0);
  const rectangles = series.flatMap(({ values, colour }) => {
    const fill = resolveColour(colour);
    return x.flatMap((at, index) => {
      const from = totals[index] ?? 0;
      const to = from + (values[index] ?? 0);
      totals[index] = to;
      const [low, high] = [place(at, from), place(at, to)];
      return low === undefined || high === undefined || to === from ? [] : [element('rect', { x: high.x - wide / 2, y: high.y, width: wide, height: low.y - high.y, fill })];
    });
  });
  return element('g', {}, ...rectangles);
}

function legendOf(series: readonly ChartSeries[], width: number, look: PageLook): { readonly content: SvgMarkup; readonly height: number } {
  const measure = document.createElement('canvas').getContext('2d');
  if (measure !== null) {
    measure.font = `11px ${look.font}`;
  }
  let [left, row] = [0, 0];
  const items = series.map(({ label, colour, dash }) => {
    const wide = 18 + (measure?.measureText(label).width ?? label.length * 6) + 14;
    if (left > 0 && left + wide > width) {
      left = 0;
      row += 1;
    }
    const y = row * legendLine + 10;
    const item = element(
      'g',
      {},
      element('line', { x1: left, x2: left + 12, y1: y, y2: y, stroke: resolveColour(colour), 'stroke-width': 3, 'stroke-dasharray': dash === undefined || dash.length === 0 ? undefined : '3 2' }),
      textElement(label, { x: left + 18, y, 'dominant-baseline': 'central', fill: look.foreground }),
    );
    left += wide;
    return item;
  });
  return { content: element('g', {}, ...items), height: (row + 1) * legendLine };
}
