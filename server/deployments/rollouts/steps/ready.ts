import type { ReplicaRecord } from '../../replicas/replicaTable.ts';
import { finished, replicasOf, type Step } from './step.ts';

/**
 * What is said of replicas that are ready: how long the slowest took that was started for a rollout.
 * @param since when the rollout began, in epoch milliseconds; what was started before ran already
 */
export function describeReady(replicas: readonly Pick<ReplicaRecord, 'startedAt' | 'readyAt'>[], since: number): string {
  const ready = replicas.length === 1 ? 'Ready' : `${replicas.length} replicas ready`;
  const took = replicas.filter(({ startedAt }) => startedAt >= since).map(({ startedAt, readyAt }) => (readyAt ?? Date.now()) - startedAt);
  return took.length === 0 ? `${ready}: ${replicas.length === 1 ? 'it' : 'they'} ran already` : `${ready} after ${(Math.max(...took) / 1000).toFixed(1)} s`;
}

/** Each replica has loaded its model and answered a warm-up prediction. */
export const ready: Step = {
  id: 'ready',
  label: 'Model ready',
  beginning: 'Waiting for the model to load',
  share: 10,
  needsReplica: true,
  cancellable: true,
  async run(rollout, parts, _progress, signal) {
    // They load beside each other; each is waited for.
    for (const { id } of replicasOf(rollout, parts)) {
      await parts.replicas.becomeReady(id, signal);
    }
    return finished(describeReady(replicasOf(rollout, parts), rollout.startedAt));
  },
};
