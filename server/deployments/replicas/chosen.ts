import type { Place, Placement } from '../endpoints/endpointTable.ts';
import type { ReplicaRecord } from './replicaTable.ts';

export function samePlace(a: Place, b: Place): boolean {
  return a.release === b.release && a.target === b.target;
}

/**
 * The replicas that a placement goes by: as many as it says, those that answer first, then the oldest. What is left over, as after a
 * placement has become smaller, gets no requests and is stopped.
 * @param replicas an endpoint's, the oldest first
 */
export function chosenReplicas(replicas: readonly ReplicaRecord[], placement: Placement): ReplicaRecord[] {
  const own = replicas.filter((replica) => replica.state !== 'stopped' && !replica.retiring && samePlace(replica, placement));
  const [answering, others] = [own.filter(({ state }) => state === 'ready'), own.filter(({ state }) => state !== 'ready')];
  return [...answering, ...others].slice(0, placement.replicaCount);
}
