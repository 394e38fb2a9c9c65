import { comparisonOf } from '../checks/checks.ts';
import { Problem } from '../../../platform/errors.ts';
import { askAllReady } from '../../replicas/modelServer.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { releaseOf, replicasOf, type RolloutParts, type Step } from './step.ts';
import { countSince } from './trafficSamples.ts';

/** Last look before all traffic moves. The move itself is one transaction with the outcome of this step. */
export const switchOver: Step = {
  id: 'switch',
  label: 'Switch traffic',
  beginning: 'Moving the traffic',
  share: 5,
  taken: ({ kind }) => kind !== 'rehearsal',
  needsReplica: true,
  cancellable: true,
  async run(rollout, parts, _progress, signal) {
    const { strategy } = rollout;
    if (strategy.kind === 'blue-green' && strategy.hold && !rollout.promoted) {
      return { kind: 'hold', needs: [{ kind: 'promotion' }], message: 'The new release is ready beside the live one; waits for promote' };
    }
    for (const replica of replicasOf(rollout, parts)) {
      const answer = await askAllReady(replica, parts.keys.of(replica.id), signal);
      if (!answer.ready) {
        throw new Problem('unavailable', `A replica of the new release is not ready any more: ${answer.detail}.`);
      }
    }
    await countBefore(rollout, parts);
    return { kind: 'switched', message: 'All traffic goes to the new release' };
  },
};

/** Keeps what the live release has done until the switch: the gateway forgets it with its route. A canary has counted both over its share. */
async function countBefore(rollout: RolloutRecord, { endpoints, gateway, rollouts }: RolloutParts): Promise<void> {
  const live = endpoints.get(rollout.endpoint)?.live;
  if (rollout.kind !== 'deploy' || rollout.comparison !== undefined || live === undefined || live.release === releaseOf(rollout)) {
    return;
  }
  const statistics = await gateway.statistics(rollout.endpoint, live.release);
  const judged = { limits: rollout.strategy.checks, fresh: countSince(undefined), live: countSince(statistics), answers: undefined };
  rollouts.change(rollout.id, { comparison: comparisonOf(judged, [], { fresh: rollout.version, live: live.version }, Date.now(), Date.now()) });
}
