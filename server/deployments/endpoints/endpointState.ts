import { isUnderWay, type EndpointSummary, type LogLoss } from '../../contract/deployments.ts';
import type { RecentAnswers } from '../../gateway/recentAnswers.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { EndpointRecord } from './endpointTable.ts';
import type { Traffic } from './traffic.ts';

/**
 * How an endpoint is, with the reason for people.
 * @param rollout the one that goes on, else the last one
 * @param live the replicas that serve its live release
 * @param logLoss what its inference log has lost last
 * @param modelErrors the last answers of its live release, where its model raises on many requests
 */
export function stateOf(
  endpoint: EndpointRecord,
  rollout: RolloutRecord | undefined,
  { live, logLoss, modelErrors }: { readonly live: readonly ReplicaRecord[]; readonly logLoss: LogLoss | undefined; readonly modelErrors: RecentAnswers | undefined },
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
  const isLive = `Version ${endpoint.live.version} is live.`;
  if (modelErrors !== undefined) {
    const share = `${Math.round((100 * modelErrors.modelErrors) / modelErrors.answers)} %`;
    return { state: 'degraded', message: `${isLive} ${share} of its answers of the last five minutes are model errors: the model raises on requests that its signature accepts.${failed}` };
  }
  return logLoss?.open === true
    ? { state: 'degraded', message: `${isLive} Its requests are answered and not logged: ${logLoss.failure}.${failed}` }
    : { state: 'live', message: `${isLive}${failed}` };
}
