import { Problem } from '../../../platform/errors.ts';
import { judgeCanary } from '../transitions.ts';
import { releaseOf, replicasOf, type Step } from './step.ts';

/** The new release gets a growing share of the traffic and is judged by it. */
export const canary: Step = async (rollout, parts) => {
  const live = parts.endpoints.get(rollout.endpoint)?.live;
  if (rollout.strategy.kind !== 'canary' || live === undefined) {
    return { kind: 'finished', message: 'There is no release to compare with' };
  }
  for (const { id } of replicasOf(rollout, parts)) {
    const seen = await parts.replicas.observe(id);
    if (!seen.running) {
      throw new Problem('unavailable', `A replica of the new release crashed under traffic (${seen.detail}).`);
    }
  }
  const [canaryNow, liveNow] = await Promise.all([
    parts.gateway.statistics(rollout.endpoint, releaseOf(rollout)),
    parts.gateway.statistics(rollout.endpoint, live.release),
  ]);
  return judgeCanary({
    strategy: rollout.strategy,
    stage: rollout.stage,
    elapsed: Date.now() - (rollout.stageSince ?? Date.now()),
    ...parts.samples.since(rollout.id, rollout.stage, canaryNow, liveNow),
    promoted: rollout.promoted,
    held: rollout.state === 'held',
  });
};
