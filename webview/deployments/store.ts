import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { CallOutput } from '../../server/contract/api.ts';
import type { Endpoint, EndpointSummary } from '../../server/contract/deployments.ts';
import type { Release } from '../../server/contract/releases.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { defaultPair, type ReleasePair } from './endpointReleases.ts';
import { createSchedules, type Schedules } from './schedulesResource.ts';
import { createTimeline, type Timeline } from './timelineResource.ts';

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
  readonly endpoints: Resource<readonly EndpointSummary[]>;
  /** The endpoint that is shown, as it was last heard of. */
  readonly endpoint: ReadonlySignal<EndpointSummary | undefined>;
  /** The same with its history and journal. */
  readonly detail: Resource<Endpoint | undefined>;
  /** When its releases were live, and what came of it. */
  readonly timeline: Resource<Timeline | undefined>;
  /** Files that it scores again and again. */
  readonly schedules: Schedules;
  /** The live release of the endpoint that is shown. */
  readonly live: Resource<Release | undefined>;
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
  readonly refresh: () => void;
}

export function createReleasesStore({ host, subject }: PanelParts<'releases'>): ReleasesStore {
  const endpoints = createResource(async () => (await host.call('listEndpoints', {})).endpoints);
  const shownName = computed(() => {
    const [list, wanted] = [endpoints.value.value, subject.value.endpoint];
    // What the subject names is asked for beside the list; the list says whether it exists.
    return list === undefined ? wanted : (list.find(({ name }) => name === wanted) ?? list[0])?.name;
  });
  const detail = createResource<Endpoint | undefined>(async (_show, signal) => {
    const name = shownName.peek();
    return name === undefined ? undefined : await host.call('getEndpoint', { name }, signal);
  });
  const timeline = createTimeline(host, shownName);
  const schedules = createSchedules(host, shownName);
  const endpoint = computed(() => detail.value.value ?? endpoints.value.value?.find(({ name }) => name === shownName.value));
  const liveDigest = computed(() => endpoint.value?.liveRelease);
  const live = createResource<Release | undefined>(async (_show, signal) => {
    const digest = liveDigest.peek();
    return digest === undefined ? undefined : await host.call('getRelease', { digest }, signal);
  });
  const chosenPair = signal<(ReleasePair & { readonly endpoint: string }) | undefined>(undefined);
  const pair = computed(() => {
    const shown = detail.value.value;
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
    const [name, to] = [shownName.peek(), rollbackTo.peek()];
    return name === undefined || to === undefined ? undefined : await host.call('previewRollback', { name, to }, signal);
  });
  const result = signal<RollbackResult | undefined>(undefined);

  const pairKey = computed(() => (pair.value === undefined ? '' : `${pair.value.from} ${pair.value.to}`));
  // A reset also gives up what was asked for before: the endpoint, the pair or the release that was left.
  effect(() => {
    void shownName.value;
    batch(() => {
      rollbackTo.value = undefined;
      detail.reset();
      timeline.reset();
      schedules.reset();
    });
  });
  effect(() => {
    void liveDigest.value;
    live.reset();
  });
  effect(() => {
    void pairKey.value;
    differences.reset();
  });
  effect(() => {
    void rollbackTo.value;
    preview.reset();
  });
  const refresh = (): void => {
    endpoints.refresh();
    detail.refresh();
    timeline.refresh();
    schedules.refresh();
  };
  endpoints.reset();
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic !== 'endpoint' && event.topic !== 'rollout') {
      return;
    }
    endpoints.refresh();
    if ((event.topic === 'endpoint' ? event.name : event.endpoint) === shownName.peek()) {
      detail.refresh();
      timeline.refresh();
      if (rollbackTo.peek() !== undefined) {
        preview.refresh();
      }
    }
  });

  const name = (): string => shownName.peek() ?? '';
  return {
    endpoints,
    endpoint,
    detail,
    timeline,
    schedules,
    live,
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
      refresh();
    },
    async cancel() {
      await host.call('cancelRollout', { name: name() });
      refresh();
    },
    async rollBack({ to, toVersion }, reason) {
      const { rollout, durationMs } = await host.call('rollBack', { name: name(), to, reason });
      result.value = { endpoint: rollout.endpoint, rolloutId: rollout.id, toVersion, durationMs };
      rollbackTo.value = undefined;
      refresh();
    },
    refresh,
  };
}
