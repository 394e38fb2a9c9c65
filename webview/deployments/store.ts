import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { CallOutput } from '../../server/contract/api.ts';
import type { Endpoint, Rollout } from '../../server/contract/deployments.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { defaultPair, isActive, type ReleasePair } from './endpointReleases.ts';

export type RollbackPreview = CallOutput<'previewRollback'>;
export type ReleaseComparison = CallOutput<'compareReleases'>;

/** A rollback that this panel asked for. */
export interface RollbackResult {
  readonly endpoint: string;
  readonly rolloutId: string;
  readonly toVersion: number;
  /** Until the traffic had moved; undefined while the release is still being started. */
  readonly durationMs: number | undefined;
}

/** Everything that the Releases panel shows and remembers. */
export interface ReleasesStore {
  readonly endpoints: Resource<readonly Endpoint[]>;
  readonly endpoint: ReadonlySignal<Endpoint | undefined>;
  /** The rollout that goes on, if any. */
  readonly active: ReadonlySignal<Rollout | undefined>;
  readonly pair: ReadonlySignal<ReleasePair | undefined>;
  readonly differences: Resource<ReleaseComparison | undefined>;
  /** Digest of the release that the open dialog would go back to. */
  readonly rollbackTo: Signal<string | undefined>;
  readonly preview: Resource<RollbackPreview | undefined>;
  readonly result: Signal<RollbackResult | undefined>;
  readonly showEndpoint: (name: string) => void;
  readonly comparePair: (pair: ReleasePair) => void;
  readonly promote: () => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly rollBack: (preview: RollbackPreview, reason: string) => Promise<void>;
}

export function createReleasesStore({ host, subject }: PanelParts<'releases'>): ReleasesStore {
  const endpoints = createResource(async () => (await host.call('listEndpoints', {})).endpoints);
  const endpoint = computed(() => endpoints.value.value?.find(({ name }) => name === subject.value.endpoint) ?? endpoints.value.value?.[0]);
  const active = computed(() => {
    const rollout = endpoint.value?.rollout;
    return rollout !== undefined && isActive(rollout) ? rollout : undefined;
  });
  const chosenPair = signal<(ReleasePair & { readonly endpoint: string }) | undefined>(undefined);
  const pair = computed(() => {
    const shown = endpoint.value;
    if (shown === undefined) {
      return undefined;
    }
    return chosenPair.value?.endpoint === shown.name ? chosenPair.value : defaultPair(shown);
  });
  const differences = createResource<ReleaseComparison | undefined>(async (_show, signal) => {
    const wanted = pair.peek();
    return wanted === undefined ? undefined : await host.call('compareReleases', { from: wanted.from, to: wanted.to }, signal);
  });
  const rollbackTo = signal<string | undefined>(undefined);
  const preview = createResource<RollbackPreview | undefined>(async (_show, signal) => {
    const [shown, to] = [endpoint.peek(), rollbackTo.peek()];
    return shown === undefined || to === undefined ? undefined : await host.call('previewRollback', { name: shown.name, to }, signal);
  });
  const result = signal<RollbackResult | undefined>(undefined);

  const pairKey = computed(() => (pair.value === undefined ? '' : `${pair.value.from} ${pair.value.to}`));
  effect(() => {
    if (pairKey.value !== '') {
      differences.reset();
    }
  });
  effect(() => {
    if (rollbackTo.value !== undefined) {
      preview.reset();
    }
  });
  endpoints.reset();
  host.onReconnect(endpoints.refresh);
  host.onEvent((event) => {
    if (event.topic === 'endpoint' || event.topic === 'rollout') {
      endpoints.refresh();
      if (rollbackTo.peek() !== undefined) {
        preview.refresh();
      }
    }
  });

  const name = (): string => endpoint.peek()?.name ?? '';
  return {
    endpoints,
    endpoint,
    active,
    pair,
    differences,
    rollbackTo,
    preview,
    result,
    showEndpoint(wanted) {
      result.value = undefined;
      host.show({ panel: 'releases', endpoint: wanted });
    },
    comparePair(wanted) {
      chosenPair.value = { ...wanted, endpoint: name() };
    },
    async promote() {
      await host.call('promote', { name: name() });
      endpoints.refresh();
    },
    async cancel() {
      await host.call('cancelRollout', { name: name() });
      endpoints.refresh();
    },
    async rollBack({ to, toVersion }, reason) {
      const { rollout, durationMs } = await host.call('rollBack', { name: name(), to, reason });
      result.value = { endpoint: rollout.endpoint, rolloutId: rollout.id, toVersion, durationMs };
      rollbackTo.value = undefined;
      endpoints.refresh();
    },
  };
}
