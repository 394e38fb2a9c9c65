import type { Strategy } from '../../../contract/deployments.ts';
import { Problem } from '../../../platform/errors.ts';
import type { EndpointTable, Placement } from '../../endpoints/endpointTable.ts';
import type { Gateway, Progress, Registry, Releases, RequestLog } from '../../replicas/ports.ts';
import type { ReleaseSecrets } from '../../replicas/releaseSecrets.ts';
import type { Replicas } from '../../replicas/replicas.ts';
import type { ReplicaKeys } from '../../replicas/replicaKeys.ts';
import type { ReplicaRecord, ReplicaTable } from '../../replicas/replicaTable.ts';
import type { Outcome } from '../outcome.ts';
import type { RolloutRecord, RolloutTable } from '../rolloutTable.ts';
import type { Targets } from '../../targets/targets.ts';
import type { Timing } from '../../../platform/timing.ts';
import type { Traffic } from '../../endpoints/traffic.ts';
import type { TrafficSamples } from './trafficSamples.ts';

/** What the steps of a rollout work with. */
export interface RolloutParts {
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicaTable: ReplicaTable;
  readonly keys: Pick<ReplicaKeys, 'of'>;
  readonly replicas: Replicas;
  readonly targets: Targets;
  readonly registry: Registry;
  readonly releases: Releases;
  readonly secrets: Pick<ReleaseSecrets, 'of'>;
  readonly gateway: Gateway;
  readonly traffic: Traffic;
  readonly requestLog: RequestLog;
  readonly samples: TrafficSamples;
  /** Tells clients that there is news of a rollout. */
  readonly rolloutChanged: (rollout: Pick<RolloutRecord, 'id' | 'endpoint'>) => void;
  readonly timing: Timing;
  /** Folder on whose disk releases and environments are written. */
  readonly home: string;
}

/** One step of a rollout: the order of steps is that of the list in `steps.ts`, everything else about one stands in its entry. */
export interface Step {
  /** Stands in the journals of existing data homes and in messages: it stays as it is. */
  readonly id: string;
  /** Its name for people. */
  readonly label: string;
  /** What it is about to do, for people. */
  readonly beginning: string;
  /** Its part of the progress of a rollout, in relation to the other steps': about how long it takes. */
  readonly share: number;
  /** How much of it is done by a rollout that is at it, from 0 to 1; absent where that cannot be told. */
  readonly fraction?: (rollout: RolloutRecord) => number;
  /**
   * Whether a rollout takes it; absent where each does.
   * @param beside another release is live and shares the traffic
   */
  readonly taken?: (strategy: Strategy, beside: boolean) => boolean;
  /** It works with a running replica of the new release; when that is found dead after a restart, it is started again first. */
  readonly needsReplica: boolean;
  /** The rollout can be cancelled, and when it fails what was live stays. False once the new release has taken over: from then on one rolls back. */
  readonly cancellable: boolean;
  /** It can be promoted while it runs, not only while it holds. */
  readonly promotable?: true;
  /**
   * It may run again after a crash, so it leaves alone what is done already. An error that it throws fails the rollout with the error's
   * message; an abort of the signal means that nobody waits for its outcome any more.
   */
  run(rollout: RolloutRecord, parts: RolloutParts, progress: Progress, signal: AbortSignal): Promise<Outcome>;
}

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
