import { Problem } from '../../../platform/errors.ts';
import type { ReplicaRecord } from '../../replicas/replicaTable.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { finished, releaseOf, type RolloutParts, type Step } from './step.ts';

/** The replica has loaded its model and answered a warm-up prediction. */
export const ready: Step = async (rollout, parts, _progress, signal) => {
  const replica = replicaOf(rollout, parts);
  const startedAt = replica.startedAt;
  await parts.replicas.becomeReady(replica.id, signal);
  return finished(`Ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
};

/**
 * The replica of the new release.
 * @throws Problem when it is gone
 */
export function replicaOf(rollout: RolloutRecord, parts: RolloutParts): ReplicaRecord {
  const replica = parts.replicas.find(rollout.endpoint, { release: releaseOf(rollout), target: rollout.target });
  if (replica === undefined) {
    throw new Problem('unavailable', 'The replica of the new release is gone.');
  }
  return replica;
}
