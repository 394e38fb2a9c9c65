import type { VNode } from 'preact';
import type { Run } from '../../server/contract/tracking.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

/** A run's name with the colour of its curves. */
export function RunHead({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode {
  return (
    <span
      class="run-head"
      title={run.name}
      onPointerEnter={() => { store.highlighted.value = run.runId; }}
      onPointerLeave={() => { store.highlighted.value = undefined; }}
    >
      <RunMark run={run} store={store} />
      <span class="run-head-name">{run.name}</span>
    </span>
  );
}

/** Header cells, one a run. */
export function RunHeads({ runs, store }: { readonly runs: readonly Run[]; readonly store: CompareStore }): VNode {
  return (
    <>
      {runs.map((run) => (
        <th key={run.runId} scope="col">
          <RunHead run={run} store={store} />
        </th>
      ))}
    </>
  );
}
