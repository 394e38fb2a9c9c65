import type { VNode } from 'preact';
import { Drawing } from '../ui/chart/Drawing.tsx';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Field } from './field.ts';
import type { Importance } from './importance.ts';

const mostBars = 12;
const barHeight = 20;

/** Which params tell most about a metric. */
export function ImportanceChart({ metric, found }: { readonly metric: Field; readonly found: readonly Importance[] }): VNode {
  const shown = found.slice(0, mostBars);
  const title = `What goes with ${metric.key}`;
  return (
    <Drawing
      title={title}
      height={Math.max(1, shown.length) * barHeight + 4}
      columns={['Param', 'Strength', 'Measure', 'Runs']}
      rows={() => found.map(({ field, strength, measure, rising, runs }) => [field.key, formatNumber(strength, 3), measure === 'groups' ? 'eta squared' : `rank correlation, ${rising ? 'rising' : 'falling'}`, String(runs)])}
      draw={(width) => {
        const names = Math.min(170, width * 0.45);
        const most = Math.max(...shown.map(({ runs }) => runs));
        const room = Math.max(10, width - names - (shown.some(({ runs }) => runs < most) ? 122 : 54));
        return shown.map(({ field, strength, measure, rising, runs }, index) => (
          <g key={field.id}>
            <title>{`${field.key}: ${measure === 'groups' ? 'share of the variance between its values' : `rank correlation, ${rising ? 'rising' : 'falling'}`}`}</title>
            <text x={names - 8} y={index * barHeight + barHeight / 2} text-anchor="end" dominant-baseline="central" class="drawing-text">
              {shortened(field.key, Math.floor(names / 7))}
            </text>
            <rect x={names} y={index * barHeight + 4} width={Math.max(1, strength * room)} height={barHeight - 8} rx="2" class={measure === 'groups' ? 'bar-groups' : 'bar-correlation'} />
            <text x={names + strength * room + 6} y={index * barHeight + barHeight / 2} dominant-baseline="central" class="drawing-text drawing-value">
              {measure === 'groups' ? '' : rising ? '↑ ' : '↓ '}
              {formatNumber(strength, 2)}
              {runs < most && <tspan class="drawing-text">, {plural(runs, 'run')}</tspan>}
            </text>
          </g>
        ));
      }}
      note="Rank correlation (Spearman) of numeric params, with its direction; eta squared of others. Params that were varied together share their strength."
    />
  );
}

/** The end of a long name tells more than its beginning. */
export function shortened(name: string, characters: number): string {
  return name.length <= characters ? name : `…${name.slice(1 - characters)}`;
}
