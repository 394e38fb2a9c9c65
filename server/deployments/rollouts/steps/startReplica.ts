import { finished, releaseOf, type Step } from './step.ts';

/** A replica of the new release is started, beside those of the live one. */
export const startReplica: Step = async (rollout, parts, progress, signal) => {
  const replica = parts.replicas.findOrCreate(rollout.endpoint, { release: releaseOf(rollout), target: rollout.target });
  await parts.replicas.launch(replica.id, progress, signal);
  return finished(`Replica ${replica.id} started`);
};
