import { Problem } from '../../../platform/errors.ts';
import { judgeCanary } from './canaryVerdict.ts';
import { releaseOf, replicasOf, type Step } from './step.ts';

/** The new release gets a growing share of the traffic and is judged by it. */
export const canary: Step = {
  id: 'canary',
  label: 'Canary',
  beginning: 'Giving the new release a share of the traffic',
  share: 15,
  fraction: ({ weight }) => weight / 100,
  taken: (strategy, beside) => strategy.kind === 'canary' && beside,
  needsReplica: true,
  cancellable: true,
  promotable: true,
  async run(rollout, parts) {
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
    const verdict = judgeCanary({
      strategy: rollout.strategy,
      stage: rollout.stage,
      elapsed: Date.now() - (rollout.stageSince ?? Date.now()),
      ...parts.samples.since(rollout.id, rollout.stage, canaryNow, liveNow),
      promoted: rollout.promoted,
      held: rollout.state === 'held',
    });
    if (verdict.kind === 'finished' || verdict.kind === 'failed') {
      parts.samples.forget(rollout.id);
    }
    return verdict;
  },
};
