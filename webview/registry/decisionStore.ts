import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { ScoredTraffic } from '../../server/contract/monitoring.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import type { ScoredRows } from './evaluation.ts';
import { readEvaluation } from './readEvaluation.ts';
import type { Served } from './served.ts';

/** What answered last week with the version that is shown. */
export interface ServedTraffic extends ScoredTraffic {
  readonly endpoint: string;
  /** The threshold that the endpoint's release has; undefined where it has no single one. */
  readonly threshold: number | undefined;
}

/** What the decision of the shown version is chosen by. */
export interface DecisionStore {
  /** Null where the version's run has no rows with scores. */
  readonly evaluation: Resource<ScoredRows | null>;
  /** Null where no endpoint serves the version. */
  readonly traffic: Resource<ServedTraffic | null>;
  /** The threshold that is looked at, in hundredths; undefined until one was chosen. */
  readonly chosen: Signal<number | undefined>;
  /** What a missed row of the second class costs, and one that is answered so and is not. */
  readonly costs: Signal<{ readonly missed: number; readonly alarm: number }>;
}

export function createDecisionStore(host: PanelParts<'registry'>['host'], version: ReadonlySignal<ModelVersion | undefined>, served: ReadonlySignal<ReadonlyMap<number, readonly Served[]>>): DecisionStore {
  const runId = computed(() => version.value?.lineage.runId);
  const number = computed(() => version.value?.version);
  const endpoint = computed(() => (number.value === undefined ? undefined : served.value.get(number.value)?.find(({ role }) => role === 'live')?.endpoint));
  const chosen = signal<number | undefined>(undefined);

  const evaluation = createResource<ScoredRows | null>((_show, signal_) => readEvaluation(host, runId.peek(), signal_));
  const traffic = createResource<ServedTraffic | null>(async (_show, signal_) => {
    const [name, asked] = [endpoint.peek(), number.peek()];
    if (name === undefined || asked === undefined) {
      return null;
    }
    const [counted, { endpoints }] = await Promise.all([host.call('getScoredTraffic', { name, version: asked }, signal_), host.call('listEndpoints', {}, signal_)]);
    const digest = endpoints.find((one) => one.name === name)?.liveRelease;
    const threshold = digest === undefined ? undefined : (await host.call('getRelease', { digest }, signal_)).serving.threshold;
    return { ...counted, endpoint: name, threshold: typeof threshold === 'number' ? threshold : undefined };
  });
  effect(() => {
    void runId.value;
    chosen.value = undefined;
    evaluation.reset();
  });
  effect(() => {
    void [endpoint.value, number.value];
    traffic.reset();
  });
  return { evaluation, traffic, chosen, costs: signal({ missed: 1, alarm: 1 }) };
}
