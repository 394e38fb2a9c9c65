import type { CallOutput } from '../../server/contract/api.ts';
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ExecutionEntry } from '../../server/contract/notebooks.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import { createResource, type Resource } from '../ui/resource.ts';

/** What the cells of a captured run did. */
export interface CellStore {
  /** The only selected run, where that is a captured one. */
  readonly run: ReadonlySignal<Run | undefined>;
  /** In order; the latest ones where there are more. */
  readonly executions: Resource<{ readonly executions: readonly ExecutionEntry[]; readonly total: number }>;
  /** How many are asked for. */
  readonly limit: Signal<number>;
}

const firstLimit = 50;
/** What the companion gives at most. */
export const mostExecutions = 1000;

export function createCellStore(host: Host<'compare'>, selected: ReadonlySignal<readonly Run[]>): CellStore {
  const run = computed(() => (selected.value.length === 1 ? selected.value.find(({ source }) => source === 'capture') : undefined));
  const runId = computed(() => run.value?.runId);
  const limit = signal(firstLimit);
  const executions = createResource<CallOutput<'listExecutions'>>(async (_show, signal) => (runId.peek() === undefined ? { executions: [], total: 0 } : host.call('listExecutions', { runId: runId.peek() ?? '', limit: limit.peek() }, signal)));
  effect(() => {
    if (runId.value !== undefined) {
      limit.value = firstLimit;
      executions.reset();
    }
  });
  effect(() => {
    if (limit.value > firstLimit) {
      executions.refresh();
    }
  });
  const refresh = (): void => {
    if (runId.peek() !== undefined) {
      executions.refresh();
    }
  };
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic === 'capture') {
      refresh();
    }
  });
  return { run, executions, limit };
}
