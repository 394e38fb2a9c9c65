import { Problem } from '../../../platform/errors.ts';
import type { EndpointTable, Placement } from '../../endpoints/endpointTable.ts';
import type { Gateway, Progress, Registry, Releases } from '../../replicas/ports.ts';
import type { Replicas } from '../../replicas/replicas.ts';
import type { ReplicaRecord, ReplicaTable } from '../../replicas/replicaTable.ts';
import type { RolloutRecord, RolloutTable } from '../rolloutTable.ts';
import type { Targets } from '../../targets/targets.ts';
import type { Timing } from '../../../platform/timing.ts';
import type { Traffic } from '../../endpoints/traffic.ts';
import type { Outcome } from '../transitions.ts';
import type { TrafficSamples } from './trafficSamples.ts';

/** What the steps of a rollout work with. */
export interface RolloutParts {
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicaTable: ReplicaTable;
  readonly replicas: Replicas;
  readonly targets: Targets;
  readonly registry: Registry;
  readonly releases: Releases;
  readonly gateway: Gateway;
  readonly traffic: Traffic;
  readonly samples: TrafficSamples;
  readonly timing: Timing;
  /** Folder on whose disk releases and environments are written. */
  readonly home: string;
}

/**
 * One step of a rollout. It may run again after a crash, so it leaves alone what is done already. An error that it throws fails the
 * rollout with the error's message; an abort of the signal means that nobody waits for its outcome any more.
 */
export type Step = (rollout: RolloutRecord, parts: RolloutParts, progress: Progress, signal: AbortSignal) => Promise<Outcome>;

/** The release that a rollout brings; set by its first step. */
export function releaseOf(rollout: RolloutRecord): string {
  if (rollout.to === undefined) {
    throw new Error(`rollout ${rollout.id} has no release at step ${rollout.step}`);
  }
  return rollout.to;
}

/** What a rollout brings, once its release is packaged. */
export function placementOf(rollout: RolloutRecord): Placement {
  return { release: releaseOf(rollout), target: rollout.target, replicaCount: rollout.replicaCount };
}

/**
 * The replicas of the new release.
 * @throws Problem when one is gone
 */
export function replicasOf(rollout: RolloutRecord, parts: Pick<RolloutParts, 'replicas'>): ReplicaRecord[] {
  const found = parts.replicas.chosen(rollout.endpoint, placementOf(rollout));
  if (found.length < rollout.replicaCount) {
    throw new Problem('unavailable', found.length === 0 ? 'The replica of the new release is gone.' : `Only ${found.length} of ${rollout.replicaCount} replicas of the new release are left.`);
  }
  return found;
}

export function finished(message: string): Outcome {
  return { kind: 'finished', message };
}
