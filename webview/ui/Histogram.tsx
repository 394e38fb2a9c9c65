import type { VNode } from 'preact';
import { formatShare } from '../../server/contract/format/numbers.ts';
import type { Distribution } from './histogram.ts';

interface HistogramProps {
  readonly distribution: Distribution;
  readonly label: string;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Live values as bars, the baseline as an outline over them; those beyond the bins have a bar of another colour at their end. Hovering a bar tells both shares. */
export function Histogram({ distribution, label, width, height }: HistogramProps): VNode {
  const { bars } = distribution;
  const gap = distribution.ends === undefined ? 3 : bars.length > 30 ? 0 : 1;
  const floor = height - 0.5;
  const top = (relative: number): number => floor - relative * (height - 2);
  const outline = bars
    .map((bar) => {
      const y = top(bar.baseline ?? 0).toFixed(2);
      return `L${(bar.x * width).toFixed(2)},${y}H${((bar.x + bar.width) * width).toFixed(2)}`;
    })
    .join('');
  return (
    <svg class="histogram" role="img" aria-label={`${label}. ${describe(distribution)}`} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {bars.map((bar) => (
        <g key={bar.label}>
          <title>{`${bar.label}: ${bar.live === undefined ? 'no live values' : `live ${formatShare(bar.liveShare)}`}, ${bar.baseline === undefined ? 'no baseline' : `baseline ${formatShare(bar.baselineShare)}`}`}</title>
          <rect class="histogram-hit" x={bar.x * width} y={0} width={bar.width * width} height={height} />
          {bar.live !== undefined && (
            <rect
              class={bar.outside ? 'histogram-live histogram-outside' : 'histogram-live'}
              x={bar.x * width + gap / 2}
              y={top(bar.live)}
              width={Math.max(0.5, bar.width * width - gap)}
              height={floor - top(bar.live)}
            />
          )}
        </g>
      ))}
      {bars.some((bar) => bar.baseline !== undefined) && <path class="histogram-baseline" d={`M0,${floor}${outline}V${floor}`} />}
      <line class="histogram-floor" x1={0} x2={width} y1={floor} y2={floor} />
    </svg>
  );
}

/** The bar with most live values, in words. */
function describe({ bars }: Distribution): string {
  const most = [...bars].sort((a, b) => b.liveShare - a.liveShare)[0];
  if (most === undefined) {
    return 'No values.';
  }
  const beyond = bars.reduce((sum, bar) => sum + (bar.outside ? bar.liveShare : 0), 0);
  const outside = beyond > 0 ? ` ${formatShare(beyond)} beyond the bins.` : '';
  return `Most frequent: ${most.label}, live ${formatShare(most.liveShare)}, baseline ${formatShare(most.baselineShare)}.${outside}`;
}
