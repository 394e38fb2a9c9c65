import { computed, type ReadonlySignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { isOptionalTexts } from '../ui/storage.ts';
import { toggledSet } from '../ui/toggledSet.ts';

/** The runs that charts and differences show. */
export interface Selection {
  /** In the order of the comparison. */
  readonly selected: ReadonlySignal<readonly Run[]>;
  readonly selectedIds: ReadonlySignal<ReadonlySet<string>>;
  readonly select: (runIds: readonly string[]) => void;
  readonly toggleSelected: (runId: string) => void;
  /** Selects all of these runs, or none of them if all are selected. */
  readonly toggleAll: (runs: readonly Run[]) => void;
}

const firstSelection = 8;

/**
 * @param first of these the first ones are selected until the user has chosen
 * @returns the selection, and what takes it back to the first runs, as where another subject is shown
 */
export function createSelection(persistence: PanelParts<'compare'>['persistence'], first: ReadonlySignal<readonly Run[]>, runs: ReadonlySignal<readonly Run[]>): Selection & { readonly reset: () => void } {
  const picked = persistence.keep<readonly string[] | undefined>('selected', undefined, isOptionalTexts);
  const selected = computed(() => {
    const wanted = picked.value === undefined ? undefined : new Set(picked.value);
    return wanted === undefined ? first.value.slice(0, firstSelection) : runs.value.filter((run) => wanted.has(run.runId));
  });
  const selectedIds = computed(() => new Set(selected.value.map((run) => run.runId)));
  return {
    selected,
    selectedIds,
    select(runIds) {
      picked.value = runIds;
    },
    toggleSelected(runId) {
      picked.value = [...toggledSet(selectedIds.value, runId)];
    },
    toggleAll(some) {
      const ids = some.map((run) => run.runId);
      const next = new Set(selectedIds.value);
      const all = ids.every((runId) => next.has(runId));
      ids.forEach((runId) => (all ? next.delete(runId) : next.add(runId)));
      picked.value = [...next];
    },
    reset() {
      picked.value = undefined;
    },
  };
}
