import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { CallOutput } from '../../server/contract/api.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import type { GateId } from '../../server/contract/gates.ts';
import { isPending, type Promotion } from '../../server/contract/promotions.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';

/** What a person is about to decide, in the dialog that is open. */
export type Decision = { readonly kind: 'approve' | 'reject' | 'break-glass' } | { readonly kind: 'waive'; readonly gate: GateId };

/** Everything that the Promotion panel shows and remembers. */
export interface PromotionStore {
  readonly promotions: Resource<readonly Promotion[]>;
  readonly promotion: Resource<Promotion | undefined>;
  /** Beside what was live when it was judged; undefined where there is nothing to compare. */
  readonly differences: Resource<CallOutput<'compareReleases'> | undefined>;
  readonly rollout: Resource<Rollout | undefined>;
  readonly deciding: Signal<Decision | undefined>;
  /** The one that is shown; undefined where there is none. */
  readonly id: ReadonlySignal<number | undefined>;
  readonly show: (id: number) => void;
  /** Does what the dialog is about; closes it when that is done. @param until of a waiver, in epoch milliseconds */
  readonly decide: (promotion: Promotion, decision: Decision, reason: string, until: number) => Promise<void>;
  readonly refresh: () => void;
}

export function createPromotionStore({ host, subject }: PanelParts<'promotion'>): PromotionStore {
  const promotions = createResource<readonly Promotion[]>(async (_show, given) => (await host.call('listPromotions', {}, given)).promotions);
  const id = computed(() => subject.value.id ?? (promotions.value.value?.find(isPending) ?? promotions.value.value?.[0])?.id);
  const promotion = createResource<Promotion | undefined>(async (_show, given) => {
    const shown = id.peek();
    return shown === undefined ? undefined : host.call('getPromotion', { id: shown }, given);
  });
  const pair = computed(() => {
    const { release, liveRelease } = promotion.value.value ?? {};
    return release === undefined || liveRelease === undefined ? '' : `${liveRelease} ${release}`;
  });
  const differences = createResource<CallOutput<'compareReleases'> | undefined>(async (_show, given) => {
    const [from, to] = pair.peek().split(' ');
    return from === undefined || to === undefined ? undefined : host.call('compareReleases', { from, to }, given);
  });
  const rolloutId = computed(() => promotion.value.value?.rollout?.id);
  const rollout = createResource<Rollout | undefined>(async (_show, given) => {
    const of = rolloutId.peek();
    return of === undefined ? undefined : host.call('getRollout', { id: of }, given);
  });
  const deciding = signal<Decision | undefined>(undefined);

  effect(() => {
    void id.value;
    deciding.value = undefined;
    promotion.reset();
  });
  effect(() => {
    void pair.value;
    differences.reset();
  });
  effect(() => {
    void rolloutId.value;
    rollout.reset();
  });
  const refresh = (): void => {
    promotions.refresh();
    promotion.refresh();
    rollout.refresh();
  };
  promotions.reset();
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic === 'rollout' && event.id === rolloutId.peek()) {
      rollout.refresh();
      promotion.refresh();
    } else if (event.topic === 'promotion' || event.topic === 'gates' || event.topic === 'policy' || event.topic === 'endpoint') {
      promotions.refresh();
      promotion.refresh();
    }
  });

  const decided = async ({ id: of, release, model, version, endpoint }: Promotion, decision: Decision, reason: string, until: number): Promise<number> => {
    switch (decision.kind) {
      case 'approve':
        return (await host.call('approvePromotion', { id: of, release: release ?? '', reason })).id;
      case 'reject':
        return (await host.call('rejectPromotion', { id: of, reason })).id;
      case 'break-glass':
        return (await host.call('requestPromotion', { model, version, endpoint, reason, breakGlass: true })).id;
      case 'waive':
        await host.call('waiveGate', { model, version, gate: decision.gate, reason, until });
        return of;
    }
  };
  return {
    promotions,
    promotion,
    differences,
    rollout,
    deciding,
    id,
    show: (wanted) => host.show({ panel: 'promotion', id: wanted }),
    async decide(shown, decision, reason, until) {
      const next = await decided(shown, decision, reason, until);
      deciding.value = undefined;
      if (next !== shown.id) {
        host.show({ panel: 'promotion', id: next });
      }
      refresh();
    },
    refresh,
  };
}
