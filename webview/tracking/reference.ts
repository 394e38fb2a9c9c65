import { computed, effect, type ReadonlySignal } from '@preact/signals';
import { championAlias } from '../../server/contract/registry.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource } from '../ui/resource.ts';
import { isText } from '../ui/storage.ts';
import type { RunTable } from './runTable.ts';

export interface Reference {
  /** The run that the others are compared with: the pinned one, else the one that the champion was made by, where it is among them. */
  readonly reference: ReadonlySignal<Run | undefined>;
  /** Pins a run as the reference, or lets it go. */
  readonly toggleReference: (runId: string) => void;
}

/** @param complete once all runs are there, the registry is asked for champions */
export function createReference(
  host: Host<'compare'>,
  persistence: PanelParts<'compare'>['persistence'],
  table: ReadonlySignal<RunTable>,
  complete: ReadonlySignal<boolean>,
): Reference {
  const pinned = persistence.keep('reference', '', isText);
  const champions = createResource<readonly string[]>(async (_show, signal) => {
    const { models } = await host.call('listModels', {}, signal);
    return models.flatMap(({ aliases, versions }) => versions.find(({ version }) => version === aliases[championAlias])?.lineage.runId ?? []);
  });
  effect(() => {
    if (complete.value) {
      champions.refresh();
    }
  });
  host.onEvent((event) => {
    if (event.topic === 'model' && complete.peek()) {
      champions.refresh();
    }
  });
  const reference = computed(() => {
    const { runs } = table.value;
    const wanted = champions.value.value ?? [];
    return runs.find(({ runId }) => runId === pinned.value) ?? runs.find(({ runId }) => wanted.includes(runId));
  });
  return {
    reference,
    toggleReference(runId) {
      pinned.value = pinned.value === runId ? '' : runId;
    },
  };
}
