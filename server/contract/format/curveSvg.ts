import { numberOf } from '../metricValues.ts';
import type { MetricSeries } from '../tracking.ts';
import { escapeHtml } from './html.ts';
import { formatNumber } from './numbers.ts';

/** A run's history of a metric, and the place of the run among the others, which gives the line its look. */
export interface DrawnLine {
  readonly name: string;
  readonly place: number;
  readonly series: MetricSeries;
}

const [width, height] = [420, 170];
const edges = { left: 52, right: 8, top: 8, bottom: 22 };
/** Lines that the text in the place of the drawing tells of. */
const mostTold = 6;

interface Extent {
  readonly from: number;
  readonly to: number;
}

function extentOf(values: readonly number[]): Extent | undefined {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? undefined : { from: finite.reduce((a, b) => Math.min(a, b)), to: finite.reduce((a, b) => Math.max(a, b)) };
}

/** A position between two places on the drawing; an extent without length lies in the middle. */
function place(value: number, { from, to }: Extent, low: number, high: number): number {
  return from === to ? (low + high) / 2 : low + ((value - from) / (to - from)) * (high - low);
}

/**
 * A metric of some runs over its steps as an `svg` element without styles of its own: lines have the classes `line` and `lineN`.
 * @returns undefined where no run has two values
 */
export function curveSvg(metric: string, lines: readonly DrawnLine[]): string | undefined {
  const drawn = lines
    .map(({ name, place: at, series }) => ({ name, at, points: series.points.map(({ step, value }) => ({ x: step, y: numberOf(value) })).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)) }))
    .filter(({ points }) => points.length > 1);
  const [across, up] = [extentOf(drawn.flatMap(({ points }) => points.map(({ x }) => x))), extentOf(drawn.flatMap(({ points }) => points.map(({ y }) => y)))];
  if (across === undefined || up === undefined) {
    return undefined;
  }
  const x = (value: number): string => place(value, across, edges.left, width - edges.right).toFixed(1);
  const y = (value: number): string => place(value, up, height - edges.bottom, edges.top).toFixed(1);
  const text = (value: number, at: string, anchor: string): string => `<text ${at} text-anchor="${anchor}">${escapeHtml(formatNumber(value, 3))}</text>`;
  const told = drawn.slice(0, mostTold).map(({ name, points }) => `${name} ${formatNumber(points.at(-1)?.y ?? Number.NaN)}`);
  const label = `${metric} from step ${formatNumber(across.from)} to ${formatNumber(across.to)}; at the end ${told.join(', ')}${drawn.length > told.length ? `, and ${drawn.length - told.length} more` : ''}`;
  return [
    `<svg role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${width} ${height}">`,
    `<path class="axis" d="M${edges.left} ${edges.top}V${height - edges.bottom}H${width - edges.right}"/>`,
    text(up.to, `x="${edges.left - 6}" y="${edges.top + 8}"`, 'end'),
    ...(up.from === up.to ? [] : [text(up.from, `x="${edges.left - 6}" y="${height - edges.bottom}"`, 'end')]),
    text(across.from, `x="${edges.left}" y="${height - 6}"`, 'start'),
    ...(across.from === across.to ? [] : [text(across.to, `x="${width - edges.right}" y="${height - 6}"`, 'end')]),
    ...drawn.map(({ name, at, points }) => `<polyline class="line line${at}" points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')}"><title>${escapeHtml(name)}</title></polyline>`),
    '</svg>',
  ].join('');
}
