import { finished, placementOf, type Step } from './step.ts';

/** The replicas of the new release are started, beside those of the live one. */
export const startReplica: Step = async (rollout, parts, progress, signal) => {
  const replicas = parts.replicas.ensure(rollout.endpoint, placementOf(rollout));
  for (const { id } of replicas) {
    await parts.replicas.launch(id, progress, signal);
  }
  const ids = replicas.map(({ id }) => id).join(', ');
  return finished(replicas.length === 1 ? `Replica ${ids} started` : `Replicas ${ids} started`);
};
