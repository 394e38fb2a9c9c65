import type { EndpointRecord, LiveSpan, Placement } from './endpointTable.ts';
import { samePlacement } from '../replicas/replicas.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';

/** What should run for an endpoint. */
export interface Needed {
  readonly live: Placement | undefined;
  /** The release before the live one, kept running so that going back is a route change only. */
  readonly warm: Placement | undefined;
  /** What a rollout brings; the rollout's own steps start it. */
  readonly coming: Placement | undefined;
}

/** @param spans the endpoint's history, the newest first */
export function neededOf(endpoint: EndpointRecord, spans: readonly LiveSpan[], rollout: RolloutRecord | undefined): Needed {
  if (endpoint.desired !== 'running') {
    return { live: undefined, warm: undefined, coming: undefined };
  }
  const live = endpoint.live === undefined ? undefined : { release: endpoint.live.release, target: endpoint.target };
  const before = live === undefined ? undefined : spans.find((span) => !samePlacement(span, live));
  const coming = rollout?.to === undefined ? undefined : { release: rollout.to, target: rollout.target };
  return { live, warm: before === undefined ? undefined : { release: before.release, target: before.target }, coming };
}

export function isNeeded(placement: Placement, needed: Needed): boolean {
  return [needed.live, needed.warm, needed.coming].some((other) => other !== undefined && samePlacement(placement, other));
}
