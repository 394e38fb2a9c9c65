import { finished, placementOf, type Step } from './step.ts';

/** The replicas of the new release are started, beside those of the live one. */
export const startReplica: Step = {
  id: 'replica',
  label: 'Start replica',
  beginning: 'Starting a replica',
  share: 10,
  needsReplica: false,
  cancellable: true,
  async run(rollout, parts, progress, signal) {
    const replicas = parts.replicas.ensure(rollout.endpoint, placementOf(rollout));
    for (const { id } of replicas) {
      await parts.replicas.launch(id, progress, signal);
    }
    const ids = replicas.map(({ id }) => id).join(', ');
    return finished(replicas.length === 1 ? `Replica ${ids} started` : `Replicas ${ids} started`);
  },
};
