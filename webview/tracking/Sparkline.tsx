import type { VNode } from 'preact';
import { sparkSize } from './sparklines.ts';
import type { CompareStore } from './store.ts';

/** How a run's metric went over its steps: one path, drawn when it is known. Its numbers are in the charts. */
export function Sparkline({ runId, metric, store }: { readonly runId: string; readonly metric: string; readonly store: CompareStore }): VNode {
  const path = store.sparklines.of(runId, metric).value;
  return (
    <svg class="sparkline" width={sparkSize.width} height={sparkSize.height} aria-hidden="true">
      {path !== undefined && <path d={path} />}
    </svg>
  );
}
