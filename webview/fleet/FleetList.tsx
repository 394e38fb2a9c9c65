import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { useVirtual } from '../ui/grid/useVirtual.ts';
import { FleetRow } from './FleetRow.tsx';

const narrowBelow = 860;
/** CSS pixels: two lines, or five one below the other. */
const wideRow = 60;
const narrowRow = 150;
const headHeight = 30;

const heads = ['Endpoint', 'Requests/h', 'Failed', 'p99', 'Drift', 'Performance', 'Release', 'Incident'];

/** Endpoints as rows, of which those in view are drawn. Arrow keys go from one to the next. */
export function FleetList({ entries }: { readonly entries: readonly FleetEntry[] }): VNode {
  const narrow = useNarrow(narrowBelow);
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = narrow ? narrowRow : wideRow;
  const top = narrow ? 0 : headHeight;
  const virtual = useVirtual({ count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 4, paddingStart: top, scrollPaddingStart: top }, -1, String(rowHeight));
  const focusRow = (index: number): void => {
    const to = Math.max(0, Math.min(entries.length - 1, index));
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"] .fleet-name`)?.focus();
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] : undefined;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -entries.length, End: entries.length }[event.key];
    if (row !== undefined && step !== undefined) {
      event.preventDefault();
      focusRow(Number(row) + step);
    }
  };
  return (
    <div class={narrow ? 'fleet fleet-narrow' : 'fleet'} role="table" aria-label="Endpoints" aria-rowcount={entries.length + 1} onKeyDown={onKeyDown}>
      <div ref={scroller} role="rowgroup" class="fleet-scroll">
        <div role="presentation" class="fleet-canvas" style={{ height: `${virtual.getTotalSize()}px` }}>
          <div role="row" aria-rowindex={1} class={narrow ? 'sr-only' : 'fleet-columns fleet-head'} style={narrow ? undefined : { height: `${headHeight}px` }}>
            {heads.map((head) => (
              <span key={head} role="columnheader">
                {head}
              </span>
            ))}
          </div>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const entry = entries[index];
            return entry === undefined ? null : <FleetRow key={entry.endpoint} entry={entry} index={index} top={start} height={rowHeight} labels={heads} />;
          })}
        </div>
      </div>
    </div>
  );
}
