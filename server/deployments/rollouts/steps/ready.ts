import { finished, replicasOf, type Step } from './step.ts';

/** Each replica has loaded its model and answered a warm-up prediction. */
export const ready: Step = {
  id: 'ready',
  label: 'Model ready',
  beginning: 'Waiting for the model to load',
  share: 10,
  needsReplica: true,
  cancellable: true,
  async run(rollout, parts, _progress, signal) {
    const replicas = replicasOf(rollout, parts);
    const startedAt = Math.min(...replicas.map((replica) => replica.startedAt));
    // They load beside each other; each is waited for.
    for (const { id } of replicas) {
      await parts.replicas.becomeReady(id, signal);
    }
    return finished(`${replicas.length === 1 ? 'Ready' : `${replicas.length} replicas ready`} after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  },
};
