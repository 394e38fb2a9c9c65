import type { VNode } from 'preact';
import type { Run } from '../../server/contract/tracking.ts';
import { lineLook } from '../ui/theme.ts';
import type { CompareStore } from './store.ts';

/** The colour that a run's curves have, where it has any. */
export function RunMark({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode {
  const index = store.curves.runs.value.findIndex(({ runId }) => runId === run.runId);
  if (index < 0) {
    return <span class="run-mark" />;
  }
  const { colour, dash } = lineLook(index);
  return <span class={dash.length > 0 ? 'run-mark legend-mark legend-dashed' : 'run-mark legend-mark'} style={{ '--mark': colour }} />;
}
