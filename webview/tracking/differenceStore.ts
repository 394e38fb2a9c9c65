import { computed, effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { NotebookComparison } from '../../server/contract/notebooks.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isOptionalText } from '../ui/storage.ts';

/** What the selected runs are compared with, and how their notebooks differ from it. */
export interface DifferenceStore {
  /** The run that the others are compared with: the chosen one, else the first of the selected ones. */
  readonly base: ReadonlySignal<Run | undefined>;
  readonly chosen: Signal<string | undefined>;
  /** By run, for the runs of notebooks. */
  readonly notebooks: Resource<ReadonlyMap<string, NotebookComparison>>;
}

/** With more runs a table of values tells more than pairs. */
export const mostPairs = 4;

interface Parts extends Pick<PanelParts<'compare'>, 'host' | 'persistence'> {
  readonly selected: ReadonlySignal<readonly Run[]>;
}

export function createDifferenceStore({ host, persistence, selected }: Parts): DifferenceStore {
  const chosen = persistence.keep<string | undefined>('base', undefined, isOptionalText);
  const base = computed(() => selected.value.find(({ runId }) => runId === chosen.value) ?? selected.value[0]);
  const ofNotebook = (run: Run): boolean => run.cell !== undefined || run.source === 'capture';
  const notebooks = createResource<ReadonlyMap<string, NotebookComparison>>(async (_show, signal) => {
    const from = base.peek();
    const others = selected.peek().filter((run) => run !== from && ofNotebook(run));
    if (from === undefined || !ofNotebook(from) || others.length >= mostPairs) {
      return new Map();
    }
    return new Map(await Promise.all(others.map(async ({ runId }) => [runId, await host.call('compareNotebooks', { from: from.runId, to: runId }, signal)] as const)));
  });
  const wanted = computed(() => [base.value?.runId, ...selected.value.map(({ runId }) => runId)].join());
  effect(() => {
    if (wanted.value !== '') {
      notebooks.refresh();
    }
  });
  return { base, chosen, notebooks };
}
