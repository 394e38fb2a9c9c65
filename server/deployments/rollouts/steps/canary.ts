import { isDeepStrictEqual } from 'node:util';
import { sharesOf, type RolloutComparison } from '../../../contract/deployments.ts';
import { Problem } from '../../../platform/errors.ts';
import { comparisonOf, runChecks } from '../checks/checks.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { judgeCanary } from './canaryVerdict.ts';
import { releaseOf, replicasOf, type RolloutParts, type Step } from './step.ts';

/** The new release gets a growing share of the traffic and is judged by it. */
export const canary: Step = {
  id: 'canary',
  label: 'Canary',
  beginning: 'Giving the new release a share of the traffic',
  share: 15,
  fraction: ({ weight }) => weight / 100,
  taken: (strategy, beside) => sharesOf(strategy).length > 0 && beside,
  needsReplica: true,
  cancellable: true,
  promotable: true,
  async run(rollout, parts) {
    const { strategy } = rollout;
    const live = parts.endpoints.get(rollout.endpoint)?.live;
    if ((strategy.kind !== 'canary' && strategy.kind !== 'linear') || live === undefined) {
      return { kind: 'finished', message: 'There is no release to compare with' };
    }
    for (const { id } of replicasOf(rollout, parts)) {
      const seen = await parts.replicas.observe(id);
      if (!seen.running) {
        throw new Problem('unavailable', `A replica of the new release crashed under traffic (${seen.detail}).`);
      }
    }
    const comparison = await compare(rollout, live, strategy.checks, parts);
    const verdict = judgeCanary({
      strategy,
      stage: rollout.stage,
      elapsed: Date.now() - (rollout.stageSince ?? Date.now()),
      fresh: comparison.fresh,
      checks: comparison.checks,
      promoted: rollout.promoted,
      held: rollout.state === 'held',
    });
    if (rollout.stage > 0 && hasNews(rollout.comparison, comparison)) {
      parts.rollouts.change(rollout.id, { comparison });
      parts.rolloutChanged(rollout);
    }
    if (verdict.kind === 'finished' || verdict.kind === 'failed') {
      parts.samples.forget(rollout.id);
    }
    return verdict;
  },
};

type Live = { readonly release: string; readonly version: number };

/** What the new release has done with its share so far, beside the live one. */
async function compare(rollout: RolloutRecord, live: Live, limits: Parameters<typeof runChecks>[0]['limits'], parts: RolloutParts): Promise<RolloutComparison> {
  const { endpoint, id, stage, stageSince: since = Date.now() } = rollout;
  const release = releaseOf(rollout);
  const [now, liveNow] = await Promise.all([parts.gateway.statistics(endpoint, release), parts.gateway.statistics(endpoint, live.release)]);
  const sample = parts.samples.since(id, stage, now, liveNow);
  const answers =
    stage === 0 || sample.fresh.requests < limits.minimumRequests || limits.maximumPredictionShift === null
      ? undefined
      : await parts.samples.answers(id, stage, async () => {
          const [fresh = [], before = []] = await parts.requestLog.answers({ endpoint, releases: [release, live.release], since });
          return { fresh, live: before };
        });
  const judged = { limits, ...sample, answers };
  return comparisonOf(judged, runChecks(judged), { fresh: rollout.version, live: live.version }, since, Date.now());
}

/** Whether anything but the time of the look is new. */
function hasNews(before: RolloutComparison | undefined, now: RolloutComparison): boolean {
  return before === undefined || !isDeepStrictEqual({ ...before, at: 0 }, { ...now, at: 0 });
}
