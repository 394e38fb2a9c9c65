import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { plural } from '../../server/contract/format/plural.ts';
import { brushByKey, type Span } from './brushes.ts';
import { shortened } from './ImportanceChart.tsx';
import type { Scale } from './scale.ts';

/** Where axes begin, in CSS pixels from the top of the drawing. */
export const axisTop = 30;
/** Characters of a tick that are shown. */
export const longestTick = 10;
const brushReach = 14;

interface ParallelAxisProps {
  readonly scale: Scale;
  readonly place: 'first' | 'between' | 'last';
  /** Positions and distances in CSS pixels. */
  readonly left: number;
  readonly nameAt: number;
  readonly apart: number;
  readonly tall: number;
  readonly bottom: number;
  readonly top: (at: number | undefined) => number;
  /** The brushed part, as shares of the axis from its bottom. */
  readonly span: Span | undefined;
  /** How many runs pass all brushes. */
  readonly passing: number;
  readonly onBrush: (span: Span | undefined) => void;
  /** A brush is as the user wants it. */
  readonly onBrushed: () => void;
}

/** One param or metric as an axis, with a brush along it by pointer and by keys. */
export function ParallelAxis({ scale, place, left, nameAt, apart, tall, bottom, top, span, passing, onBrush, onBrushed }: ParallelAxisProps): VNode {
  const { key } = scale.field;
  const from = useRef<number | undefined>(undefined);
  const isLast = place === 'last';
  const shareAt = (event: PointerEvent): number => {
    const box = event.currentTarget instanceof SVGElement ? event.currentTarget.ownerSVGElement?.getBoundingClientRect() : undefined;
    return Math.max(0, Math.min(1, 1 - (event.clientY - (box?.top ?? 0) - axisTop) / tall));
  };
  return (
    <g>
      <text x={nameAt} y={14} text-anchor={place === 'first' ? 'start' : isLast ? 'end' : 'middle'} class={isLast ? 'drawing-text drawing-strong' : 'drawing-text'}>
        {shortened(key, Math.max(4, Math.floor(apart / 7.2)))}
        <title>{scale.log ? `${key}, logarithmic` : key}</title>
      </text>
      <line x1={left} x2={left} y1={axisTop} y2={bottom} class="drawing-axis" />
      {scale.ticks.map((tick) => (
        <text key={tick.label} x={left + (isLast ? 5 : -5)} y={top(tick.at)} text-anchor={isLast ? 'start' : 'end'} dominant-baseline="central" class="drawing-text drawing-tick">
          {shortened(tick.label, longestTick)}
        </text>
      ))}
      {span !== undefined && <rect x={left - 6} width={12} y={top(span[1])} height={Math.max(1, top(span[0]) - top(span[1]))} class="brush" />}
      <rect
        x={left - brushReach}
        y={axisTop - 4}
        width={brushReach * 2}
        height={tall + 8}
        class="brush-area"
        data-axis={key}
        role="slider"
        tabindex={0}
        aria-label={`Brush of ${key}`}
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={span === undefined ? 0 : Math.round((span[0] + span[1]) * 50)}
        aria-valuetext={span === undefined ? 'no brush' : `${Math.round(span[0] * 100)} to ${Math.round(span[1] * 100)} percent of the axis, ${plural(passing, 'run')}`}
        onKeyDown={(event) => {
          const next = brushByKey(event, span);
          if (next !== 'none') {
            event.preventDefault();
            onBrush(next);
            onBrushed();
          }
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          from.current = shareAt(event);
        }}
        onPointerMove={(event) => {
          if (from.current !== undefined) {
            const at = shareAt(event);
            onBrush([Math.min(at, from.current), Math.max(at, from.current)]);
          }
        }}
        onPointerUp={(event) => {
          const began = from.current;
          from.current = undefined;
          // A press without a drag takes the brush away.
          if (began !== undefined && Math.abs(shareAt(event) - began) * tall < 3) {
            onBrush(undefined);
          }
          onBrushed();
        }}
      />
    </g>
  );
}
