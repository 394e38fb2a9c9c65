import type { ReadonlySignal } from '@preact/signals';
import type { ComparedColumn, DescribedBaseline } from '../../server/contract/baselines.ts';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';

export interface ComparedBaselines {
  readonly one: DescribedBaseline;
  readonly other: DescribedBaseline;
  readonly columns: readonly ComparedColumn[];
}

/** What live requests of an endpoint can be compared with. */
export interface BaselineStore {
  /** Of the version that is live; empty where none is. */
  readonly all: Resource<readonly DescribedBaseline[]>;
  readonly take: () => Promise<void>;
  readonly choose: (id: string) => Promise<void>;
  /** Beside the one that is compared with. */
  readonly compare: (id: string) => Promise<ComparedBaselines>;
}

/** @param changed called when another one is compared with */
export function createBaselineStore(host: PanelParts<'monitoring'>['host'], endpoint: ReadonlySignal<EndpointSummary | undefined>, changed: () => void): BaselineStore {
  const live = (): { readonly name: string; readonly version: number } | undefined => {
    const { model, liveVersion } = endpoint.peek() ?? {};
    return model === undefined || liveVersion === undefined ? undefined : { name: model, version: liveVersion };
  };
  const requireLive = (): { readonly name: string; readonly version: number } => {
    const version = live();
    if (version === undefined) {
      throw new Error('No version is live.');
    }
    return version;
  };
  const all = createResource<readonly DescribedBaseline[]>(async (_show, signal) => {
    const version = live();
    return version === undefined ? [] : (await host.call('listBaselines', version, signal)).baselines;
  });
  const refresh = (): void => {
    all.refresh();
    changed();
  };
  return {
    all,
    async take() {
      await host.command('slipway.takeBaseline', { endpoint: endpoint.peek()?.name ?? '' });
      refresh();
    },
    async choose(id) {
      await host.call('chooseBaseline', { ...requireLive(), id });
      refresh();
    },
    compare: (id) => host.call('compareBaselines', { ...requireLive(), id }),
  };
}
