import { computed, type ReadonlySignal, type Signal } from '@preact/signals';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import { needsSomebody } from '../../server/contract/format/fleet.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBoolean } from '../ui/storage.ts';

/** Everything that the Fleet panel shows and remembers. */
export interface FleetStore {
  readonly endpoints: Resource<readonly FleetEntry[]>;
  readonly filter: Signal<string>;
  readonly onlyNeeding: Signal<boolean>;
  /** What filter and choice leave, in the companion's order. */
  readonly shown: ReadonlySignal<readonly FleetEntry[]>;
  readonly refresh: () => void;
}

/** Traffic changes all the time: it is asked for so often at most. */
const trafficMilliseconds = 15_000;
/** Ages and windows move on without events. */
const idleMilliseconds = 30_000;

export function createFleetStore({ host, persistence }: PanelParts<'fleet'>): FleetStore {
  const filter = persistence.keep('filter', '', (value): value is string => typeof value === 'string');
  const onlyNeeding = persistence.keep('onlyNeeding', false, isBoolean);
  const endpoints = createResource<readonly FleetEntry[]>(async (_show, signal) => (await host.call('listFleet', {}, signal)).endpoints);
  const shown = computed(() => {
    const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const matches = ({ endpoint, model }: FleetEntry): boolean => words.every((word) => endpoint.toLowerCase().includes(word) || model.toLowerCase().includes(word));
    return (endpoints.value.value ?? []).filter((entry) => matches(entry) && (!onlyNeeding.value || needsSomebody(entry)));
  });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const refreshSoon = (): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      if (!document.hidden) {
        endpoints.refresh();
      }
    }, trafficMilliseconds);
  };
  endpoints.reset();
  host.onReconnect(endpoints.refresh);
  host.onEvent(({ topic }) => {
    if (topic === 'endpoint' || topic === 'rollout' || topic === 'incident') {
      endpoints.refresh();
    } else if (topic === 'monitoring') {
      refreshSoon();
    }
  });
  setInterval(refreshSoon, idleMilliseconds);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) {
      endpoints.refresh();
    }
  });
  return { endpoints, filter, onlyNeeding, shown, refresh: endpoints.refresh };
}
