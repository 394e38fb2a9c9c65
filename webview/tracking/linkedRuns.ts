import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { LinkedRun } from '../../server/contract/notebooks.ts';
import type { Host } from '../ui/host.ts';
import { createResource, type Resource } from '../ui/resource.ts';
import { createRunTableWriter, type RunTable } from './runTable.ts';
import { partsOf } from './tableSource.ts';

/** Runs that cells of captured runs logged. They are read where they are: a run that is still logged to shows its values of now. */
export interface LinkedRuns {
  /** In the order in which they were created. */
  readonly of: (captureRunId: string) => readonly LinkedRun[];
  readonly table: RunTable;
}

const runsPerCall = 250;

/** The linked runs of the captured runs of a table. */
export function createLinkedRuns(host: Host<'compare'>, table: ReadonlySignal<RunTable>, complete: ReadonlySignal<boolean>): Resource<LinkedRuns> {
  const captures = computed(() => (complete.value ? table.value.runs.filter(({ source }) => source === 'capture').map(({ runId }) => runId) : []));
  let linkedIds = new Set<string>();

  const linked = createResource<LinkedRuns>(async () => {
    const links = new Map<string, LinkedRun[]>();
    for (const runIds of partsOf(captures.peek(), runsPerCall)) {
      for (const link of (await host.call('listLinkedRuns', { runIds })).runs) {
        links.set(link.captureRunId, [...(links.get(link.captureRunId) ?? []), link]);
      }
    }
    linkedIds = new Set([...links.values()].flat().map(({ runId }) => runId));
    const writer = createRunTableWriter();
    for (const runIds of partsOf([...linkedIds], runsPerCall)) {
      writer.add(await host.call('readRunTable', { runIds }));
    }
    return { of: (captureRunId) => links.get(captureRunId) ?? [], table: writer.table(false) };
  });

  const wanted = computed(() => captures.value.join());
  effect(() => {
    if (wanted.value !== '' || linked.value.peek() !== undefined) {
      linked.refresh();
    }
  });
  const refresh = (): void => {
    if (captures.peek().length > 0) {
      linked.refresh();
    }
  };
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic === 'capture' || (event.topic === 'run' && linkedIds.has(event.runId))) {
      refresh();
    }
  });
  return linked;
}
