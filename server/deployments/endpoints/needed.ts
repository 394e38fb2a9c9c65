import type { EndpointRecord, LiveSpanRecord, Placement } from './endpointTable.ts';
import { wayBack } from './wayBack.ts';
import { chosenReplicas, samePlace } from '../replicas/chosen.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';

/** What should run for an endpoint. */
export interface Needed {
  readonly live: Placement | undefined;
  /** What a rollback goes to, kept running so that going back is a route change only; where there is nothing left to go back to, what was live before. */
  readonly warm: Placement | undefined;
  /** What a rollout brings; the rollout's own steps start it. */
  readonly coming: Placement | undefined;
}

export const nothingNeeded: Needed = { live: undefined, warm: undefined, coming: undefined };

/** @param spans the endpoint's history, the newest first */
export function neededOf(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], rollout: RolloutRecord | undefined): Needed {
  if (endpoint.desired !== 'running') {
    return nothingNeeded;
  }
  const live = livePlacement(endpoint);
  const before = live === undefined ? undefined : (wayBack(spans) ?? spans.find((span) => !samePlace(span, live)));
  const coming = rollout === undefined ? undefined : comingOf(rollout);
  return { live, warm: before === undefined ? undefined : { release: before.release, target: before.target, replicaCount: endpoint.replicaCount }, coming };
}

/** What runs the live release of an endpoint; nothing while it is stopped. */
export function livePlacement({ desired, live, target, replicaCount }: EndpointRecord): Placement | undefined {
  return desired !== 'running' || live === undefined ? undefined : { release: live.release, target, replicaCount };
}

/** What a rollout brings; undefined until its release is packaged. */
export function comingOf({ to, target, replicaCount }: Pick<RolloutRecord, 'to' | 'target' | 'replicaCount'>): Placement | undefined {
  return to === undefined ? undefined : { release: to, target, replicaCount };
}

/**
 * Ids of the replicas that are needed; the others are to be stopped.
 * @param replicas the endpoint's, the oldest first
 */
export function neededReplicas(replicas: readonly ReplicaRecord[], { live, warm, coming }: Needed): ReadonlySet<string> {
  return new Set([live, warm, coming].flatMap((placement) => (placement === undefined ? [] : chosenReplicas(replicas, placement).map(({ id }) => id))));
}
