import { isUnderWay, type EndpointSummary } from '../../contract/deployments.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { EndpointRecord } from './endpointTable.ts';
import type { Traffic } from './traffic.ts';

/**
 * How an endpoint is, with the reason for people.
 * @param rollout the one that goes on, else the last one
 * @param live the replicas that serve its live release
 */
export function stateOf(
  endpoint: EndpointRecord,
  rollout: RolloutRecord | undefined,
  live: readonly ReplicaRecord[],
  { traffic }: { readonly traffic: Pick<Traffic, 'reaches' | 'failure'> },
): Pick<EndpointSummary, 'state' | 'message'> {
  if (endpoint.desired !== 'running') {
    return { state: 'stopped', message: endpoint.desired === 'deleted' ? 'Being deleted' : 'Stopped' };
  }
  const rolling = rollout !== undefined && isUnderWay(rollout);
  if (endpoint.live === undefined) {
    if (rolling) {
      return { state: 'rolling-out', message: rollout.message };
    }
    return rollout?.state === 'failed' ? { state: 'failed', message: rollout.message } : { state: 'empty', message: 'Nothing was deployed yet' };
  }
  const isServing = ({ state, addresses }: ReplicaRecord): boolean => state === 'ready' && addresses.some((address) => traffic.reaches(address));
  const serving = live.filter(isServing).length;
  if (serving < endpoint.replicaCount) {
    const detail = live.find((replica) => !isServing(replica))?.message ?? traffic.failure() ?? 'its replica is being started';
    const what = serving === 0 ? 'does not answer' : `runs on ${serving} of ${endpoint.replicaCount} replicas`;
    return { state: 'degraded', message: `Version ${endpoint.live.version} ${what}: ${detail}` };
  }
  if (rolling) {
    return { state: 'rolling-out', message: rollout.message };
  }
  const failed = rollout?.state === 'failed' ? ` The last rollout failed at ${rollout.message}` : '';
  return { state: 'live', message: `Version ${endpoint.live.version} is live.${failed}` };
}
