import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { GateRun } from '../../server/contract/gates.ts';
import type { Promotion } from '../../server/contract/promotions.ts';
import type { ModelReadiness } from '../../server/contract/readiness.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { HostFailure, type Host } from '../ui/host.ts';
import { createResource, type Resource } from '../ui/resource.ts';

/** What is asked of the shown version before it goes to production, and what its model has of that. */
export interface GovernanceStore {
  /** The last run of its gates; undefined where they were not run. */
  readonly gates: Resource<GateRun | undefined>;
  /** Those of the shown version, the newest first. */
  readonly promotions: Resource<readonly Promotion[]>;
  readonly readiness: Resource<ModelReadiness | undefined>;
}

export function createGovernanceStore(host: Host<'registry'>, version: ReadonlySignal<ModelVersion | undefined>): GovernanceStore {
  const key = computed(() => (version.value === undefined ? '' : `${version.value.name}:${version.value.version}`));
  const name = computed(() => version.value?.name);
  const gates = createResource<GateRun | undefined>(async (_show, given) => {
    const shown = version.peek();
    try {
      return shown === undefined ? undefined : await host.call('getGateRun', { model: shown.name, version: shown.version }, given);
    } catch (error) {
      if (error instanceof HostFailure && error.reason === 'not-found') {
        return undefined;
      }
      throw error;
    }
  });
  const promotions = createResource<readonly Promotion[]>(async (_show, given) => {
    const shown = version.peek();
    return shown === undefined ? [] : (await host.call('listPromotions', { model: shown.name }, given)).promotions.filter((each) => each.version === shown.version);
  });
  const readiness = createResource<ModelReadiness | undefined>(async (_show, given) => {
    const model = name.peek();
    return model === undefined ? undefined : (await host.call('listReadiness', { model }, given)).models[0];
  });
  effect(() => {
    void key.value;
    gates.reset();
    promotions.reset();
  });
  effect(() => {
    void name.value;
    readiness.reset();
  });
  const refresh = (): void => {
    gates.refresh();
    promotions.refresh();
    readiness.refresh();
  };
  host.onReconnect(refresh);
  host.onEvent(({ topic }) => {
    if (topic === 'gates' || topic === 'promotion' || topic === 'policy') {
      gates.refresh();
      promotions.refresh();
    }
    if (topic === 'policy' || topic === 'endpoint' || topic === 'model') {
      readiness.refresh();
    }
  });
  return { gates, promotions, readiness };
}
