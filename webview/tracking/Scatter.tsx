import type { VNode } from 'preact';
import type { Run } from '../../server/contract/tracking.ts';
import { Drawing } from '../ui/chart/Drawing.tsx';
import { lineLook } from '../ui/theme.ts';
import { Dropdown } from '../ui/toolkit.ts';
import type { Field } from './field.ts';
import { scaleOf } from './scale.ts';
import type { CompareStore } from './store.ts';

interface ScatterProps {
  readonly store: CompareStore;
  readonly runs: readonly Run[];
  readonly fields: readonly Field[];
  readonly x: Field;
  readonly y: Field;
  readonly onChoose: (axis: 'x' | 'y', id: string) => void;
}

const height = 260;
const edge = { left: 52, right: 14, top: 10, bottom: 26 };

/** Every run as a point between two of its numbers; a press selects the run. */
export function Scatter({ store, runs, fields, x, y, onChoose }: ScatterProps): VNode {
  const across = scaleOf(x, runs);
  const up = scaleOf(y, runs);
  const choices = fields.map((field) => ({ value: field.id, label: field.name }));
  const name = (field: Field): string => field.name;
  return (
    <Drawing
      title={`${name(y)} over ${name(x)}`}
      height={height}
      columns={['Run', name(x), name(y)]}
      rows={() => runs.map((run) => [run.name, x.text(run), y.text(run)])}
      note={runs.some((run) => across.at(run) !== undefined && up.at(run) !== undefined) ? undefined : 'No run has both values.'}
      controls={
        <>
          <Dropdown label="Vertical axis" value={y.id} choices={choices} onChange={(id) => { onChoose('y', id); }} />
          <span class="muted">over</span>
          <Dropdown label="Horizontal axis" value={x.id} choices={choices} onChange={(id) => { onChoose('x', id); }} />
        </>
      }
      draw={(width) => {
        const [wide, tall] = [width - edge.left - edge.right, height - edge.top - edge.bottom];
        const left = (at: number): number => edge.left + at * wide;
        const top = (at: number): number => edge.top + (1 - at) * tall;
        const selected = store.selectedIds.value;
        const looks = new Map(store.curves.runs.value.map(({ runId }, index) => [runId, lineLook(index).colour]));
        const ordered = [...runs].sort((a, b) => Number(selected.has(a.runId)) - Number(selected.has(b.runId)));
        return (
          <>
            {up.ticks.map((tick) => (
              <g key={`y${tick.label}`}>
                <line x1={edge.left} x2={width - edge.right} y1={top(tick.at)} y2={top(tick.at)} class="drawing-line" />
                <text x={edge.left - 6} y={top(tick.at)} text-anchor="end" dominant-baseline="central" class="drawing-text">{tick.label}</text>
              </g>
            ))}
            {across.ticks.filter((_, index, { length }) => width > 400 || length < 5 || index % 2 === 0).map((tick) => (
              <g key={`x${tick.label}`}>
                <line x1={left(tick.at)} x2={left(tick.at)} y1={edge.top} y2={height - edge.bottom} class="drawing-line" />
                <text x={left(tick.at)} y={height - edge.bottom + 14} text-anchor="middle" class="drawing-text">{tick.label}</text>
              </g>
            ))}
            {ordered.map((run) => {
              const [horizontal, vertical] = [across.at(run), up.at(run)];
              return horizontal === undefined || vertical === undefined ? null : (
                <circle
                  key={run.runId}
                  cx={left(horizontal).toFixed(1)}
                  cy={top(vertical).toFixed(1)}
                  r={selected.has(run.runId) ? 5 : 3.5}
                  class={selected.has(run.runId) ? 'point point-on' : 'point'}
                  {...(looks.has(run.runId) ? { style: { fill: looks.get(run.runId) } } : {})}
                  onClick={() => {
                    store.toggleSelected(run.runId);
                  }}
                  onPointerEnter={({ currentTarget }) => {
                    store.highlighted.value = run.runId;
                    giveTitle(currentTarget, `${run.name}\n${name(x)}: ${x.text(run)}\n${name(y)}: ${y.text(run)}`);
                  }}
                  onPointerLeave={() => {
                    store.highlighted.value = undefined;
                  }}
                />
              );
            })}
            <HighlightedPoint store={store} runs={runs} place={(run) => ({ x: across.at(run), y: up.at(run) })} left={left} top={top} />
          </>
        );
      }}
    />
  );
}

interface HighlightedProps {
  readonly store: CompareStore;
  readonly runs: readonly Run[];
  readonly place: (run: Run) => { readonly x: number | undefined; readonly y: number | undefined };
  readonly left: (at: number) => number;
  readonly top: (at: number) => number;
}

/** A ring around the run that stands out: the points are not drawn anew for it. */
function HighlightedPoint({ store, runs, place, left, top }: HighlightedProps): VNode | null {
  const run = runs.find(({ runId }) => runId === store.highlighted.value);
  const { x, y } = run === undefined ? {} : place(run);
  return x === undefined || y === undefined ? null : <circle cx={left(x).toFixed(1)} cy={top(y).toFixed(1)} r={8} class="point-ring" />;
}

/** A title is made when the pointer comes to its point: those of a thousand would take longer than the points. */
function giveTitle(point: SVGElement, text: string): void {
  const title = point.querySelector('title') ?? point.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'title'));
  title.textContent = text;
}
