import { until } from '../../../platform/time/poll.ts';
import { samePlace } from '../../replicas/chosen.ts';
import { requestsInFlight } from '../../replicas/replicas.ts';
import { finished, placementOf, type Step } from './step.ts';

/** Requests that the old replicas still answer come to their end. */
export const drain: Step = {
  id: 'drain',
  label: 'Drain',
  beginning: 'Waiting for requests to the old release to finish',
  share: 5,
  taken: ({ kind }) => kind !== 'rehearsal',
  needsReplica: false,
  cancellable: false,
  async run(rollout, parts, _progress, signal) {
    await parts.traffic.publish();
    const current = placementOf(rollout);
    const old = parts.replicaTable
      .list(rollout.endpoint)
      .filter((replica) => replica.state !== 'stopped' && !samePlace(replica, current))
      .flatMap(({ addresses }) => addresses);
    let left = 0;
    const drained = async (): Promise<boolean> => {
      left = await requestsInFlight(parts.gateway, old);
      return left === 0;
    };
    if (!(await until(parts.timing.drain, drained, { every: 50, signal }))) {
      return finished(`${left} requests to the old release are still in flight after ${parts.timing.drain / 1000} s`);
    }
    return finished(old.length === 0 ? 'Nothing to drain' : 'The old release has no requests in flight');
  },
};
