import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { LinkButton } from '../ui/blocks.tsx';
import { lineLook } from '../ui/theme.ts';
import { toggledSet } from '../ui/toggledSet.ts';
import type { CompareStore } from './store.ts';

/** Which run each curve is of, once for all charts. A press hides the run's curves, the pointer or the focus makes them stand out. */
export function RunLegend({ runs, store }: { readonly runs: readonly Run[]; readonly store: CompareStore }): VNode {
  const { hidden } = store.curves;
  const place = useRef<HTMLDivElement>(null);
  const highlight = (runId: string | undefined): void => {
    store.highlighted.value = runId;
  };
  return (
    <div ref={place} class="legend run-legend" role="group" aria-label="Runs of the curves">
      {runs.map(({ runId, name }, index) => {
        const { colour, dash } = lineLook(index);
        const off = hidden.value.has(runId);
        return (
          <button
            key={runId}
            type="button"
            class={['legend-item', off ? 'legend-off' : '', store.highlighted.value === runId ? 'legend-on' : ''].join(' ').trim()}
            aria-pressed={!off}
            title={`${off ? 'Show' : 'Hide'} ${name}`}
            onPointerEnter={() => { highlight(runId); }}
            onPointerLeave={() => { highlight(undefined); }}
            onFocus={() => { highlight(runId); }}
            onBlur={() => { highlight(undefined); }}
            onClick={() => {
              hidden.value = toggledSet(hidden.value, runId);
            }}
          >
            <span class={dash.length > 0 ? 'legend-mark legend-dashed' : 'legend-mark'} style={{ '--mark': colour }} />
            <span class="legend-label">{name}</span>
          </button>
        );
      })}
      {runs.some(({ runId }) => hidden.value.has(runId)) && (
        <LinkButton
          onClick={() => {
            hidden.value = new Set();
            place.current?.querySelector('button')?.focus();
          }}
        >
          Show all
        </LinkButton>
      )}
    </div>
  );
}
