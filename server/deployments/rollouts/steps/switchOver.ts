import { Problem } from '../../../platform/errors.ts';
import { askAllReady } from '../../replicas/modelServer.ts';
import { replicasOf, type Step } from './step.ts';

/** Last look before all traffic moves. The move itself is one transaction with the outcome of this step. */
export const switchOver: Step = {
  id: 'switch',
  label: 'Switch traffic',
  beginning: 'Moving the traffic',
  share: 5,
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
    return { kind: 'switched', message: 'All traffic goes to the new release' };
  },
};
