import type { ReplicaRecord } from '../../replicas/replicaTable.ts';
import { finished, placementOf, replicasOf, type Step } from './step.ts';

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
    return finished(describeStarted(replicasOf(rollout, parts)));
  },
};

/** Which replicas were started, and what keeps them apart from the rest of the machine. */
function describeStarted(replicas: readonly Pick<ReplicaRecord, 'id' | 'isolation'>[]): string {
  const started = `${replicas.length === 1 ? 'Replica' : 'Replicas'} ${replicas.map(({ id }) => id).join(', ')} started`;
  const isolation = replicas.find((replica) => replica.isolation !== undefined)?.isolation;
  return isolation === undefined ? started : `${started}. Isolation – ${isolation}`;
}
