import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { LinkButton } from '../ui/blocks.tsx';
import { Drawing } from '../ui/chart/Drawing.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { withBrush, type Brushes, type Span } from './brushes.ts';
import type { Field } from './field.ts';
import { axisTop, longestTick, ParallelAxis } from './ParallelAxis.tsx';
import { scaleOf, type Scale } from './scale.ts';
import type { CompareStore } from './store.ts';

interface ParallelProps {
  readonly store: CompareStore;
  readonly runs: readonly Run[];
  /** One axis each, from left to right; the lines are coloured by the last one. */
  readonly fields: readonly Field[];
}

const height = 260;
const edge = { top: axisTop, bottom: 14 };
/** Below the axes, for runs without a value. */
const noneRoom = 22;

/** Runs that pass every brushed axis. */
export function brushed(runs: readonly Run[], scales: readonly Scale[], brushes: Brushes): readonly Run[] {
  const active = scales.flatMap((scale) => {
    const span = brushes[scale.field.id];
    return span === undefined ? [] : [{ scale, span }];
  });
  return runs.filter((run) =>
    active.every(({ scale, span: [low, high] }) => {
      const at = scale.at(run);
      return at !== undefined && at >= low && at <= high;
    }),
  );
}

/** Every run as a line over its params to a metric. A drag along an axis selects the runs that pass there. */
export function ParallelCoordinates({ store, runs, fields }: ParallelProps): VNode {
  const brushes = store.brushes.value;
  const scales = useMemo(() => fields.map((field) => scaleOf(field, runs)), [fields, runs]);
  const colourBy = scales.at(-1);
  const someLack = useMemo(() => runs.some((run) => scales.some(({ at }) => at(run) === undefined)), [scales, runs]);
  const bottom = edge.bottom + (someLack ? noneRoom : 0);
  const tall = height - edge.top - bottom;
  const top = (at: number | undefined): number => (at === undefined ? height - edge.bottom + 2 : edge.top + (1 - at) * tall);

  const brush = (id: string, span: Span | undefined): void => {
    store.brushes.value = withBrush(store.brushes.value, id, span);
  };
  const active = scales.some(({ field }) => brushes[field.id] !== undefined);
  const select = (): void => {
    const now = store.brushes.value;
    if (scales.some(({ field }) => now[field.id] !== undefined)) {
      store.select(brushed(runs, scales, now).map((run) => run.runId));
    }
  };
  const passing = new Set(brushed(runs, scales, brushes).map((run) => run.runId));
  const strokes = strokesOf(runs, colourBy, passing);

  return (
    <Drawing
      title="Runs across params"
      height={height}
      interactive
      columns={['Run', ...fields.map((field) => field.key)]}
      rows={() => runs.map((run) => [run.name, ...fields.map((field) => field.text(run))])}
      note={
        !active ? (
          'Drag along an axis, or focus it and press the arrow keys, to select the runs that pass there.'
        ) : (
          <>
            {plural(passing.size, 'run')} of {runs.length} selected.{' '}
            <LinkButton onClick={() => { store.brushes.value = {}; }}>Clear brushes</LinkButton>
          </>
        )
      }
      draw={(width) => {
        const side = sideOf(scales[0]);
        const apart = (width - side - sideOf(scales.at(-1))) / Math.max(1, scales.length - 1);
        const left = (index: number): number => side + index * apart;
        return (
          <>
            {[...strokes].map(([key, { share, on, runs: alike }]) => (
              <path key={key} d={alike.map((run) => pathOf(run, scales, left, top)).join('')} class={on ? 'parallel' : 'parallel parallel-off'} style={{ '--share': share.toFixed(3) }} />
            ))}
            <HighlightedLine store={store} runs={runs} path={(run) => pathOf(run, scales, left, top)} />
            {someLack && (
              <text x={4} y={top(undefined)} dominant-baseline="central" class="drawing-text drawing-tick">
                none
              </text>
            )}
            {scales.map((scale, index) => (
              <ParallelAxis
                key={scale.field.id}
                scale={scale}
                place={index === 0 ? 'first' : index === scales.length - 1 ? 'last' : 'between'}
                left={left(index)}
                nameAt={index === 0 ? 4 : index === scales.length - 1 ? width - 4 : left(index)}
                apart={apart}
                tall={tall}
                bottom={height - bottom}
                top={top}
                span={brushes[scale.field.id]}
                passing={passing.size}
                onBrush={(span) => {
                  brush(scale.field.id, span);
                }}
                onBrushed={select}
              />
            ))}
          </>
        );
      }}
    />
  );
}

/** More shades cannot be told apart. */
const shades = 32;

interface Stroke {
  readonly share: number;
  readonly on: boolean;
  readonly runs: Run[];
}

/** Runs whose lines look alike: one element for each line of a thousand would take long to make. Lines that are off lie below the others. */
function strokesOf(runs: readonly Run[], colourBy: Scale | undefined, passing: ReadonlySet<string>): ReadonlyMap<string, Stroke> {
  const strokes = new Map<string, Stroke>();
  for (const run of runs) {
    const share = Math.round((colourBy?.at(run) ?? 0) * shades) / shades;
    const on = passing.has(run.runId);
    const key = `${on ? 1 : 0} ${share.toFixed(3)}`;
    const stroke = strokes.get(key) ?? { share, on, runs: [] };
    stroke.runs.push(run);
    strokes.set(key, stroke);
  }
  return new Map([...strokes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Room beside an outer axis for the longest of its ticks. */
function sideOf(scale: Scale | undefined): number {
  const longest = Math.max(0, ...(scale?.ticks ?? []).map(({ label }) => label.length));
  return Math.max(30, 14 + Math.min(longest, longestTick) * 6.4);
}

/** A line through the axes, below those on which the run has no value. */
function pathOf(run: Run, scales: readonly Scale[], left: (index: number) => number, top: (at: number | undefined) => number): string {
  return scales.map((scale, index) => `${index === 0 ? 'M' : 'L'}${left(index).toFixed(1)} ${top(scale.at(run)).toFixed(1)}`).join('');
}

interface HighlightedProps {
  readonly store: CompareStore;
  readonly runs: readonly Run[];
  readonly path: (run: Run) => string;
}

/** The line of the run that stands out, above the others: they are not drawn anew for it. */
function HighlightedLine({ store, runs, path }: HighlightedProps): VNode | null {
  const run = runs.find(({ runId }) => runId === store.highlighted.value);
  return run === undefined ? null : <path d={path(run)} class="parallel parallel-on" />;
}
