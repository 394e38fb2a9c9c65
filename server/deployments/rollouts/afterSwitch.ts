import { toProblem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import { LatencySketch } from '../../gateway/latencySketch.ts';
import type { ReleaseStatistics } from '../../gateway/statusReport.ts';
import type { TrafficCount } from './checks/check.ts';
import { comparisonOf } from './checks/checks.ts';
import { judgeAfterSwitch } from './checks/afterSwitch.ts';
import { done } from './progression.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import type { RolloutParts } from './steps/step.ts';
import { countSince } from './steps/trafficSamples.ts';

export interface AfterSwitchDependencies {
  readonly parts: RolloutParts;
  /** Takes an endpoint back, as nobody's wish. @param to digest of the release */
  readonly goBack: (endpoint: string, to: string, reason: string) => Promise<void>;
  readonly log: Log;
}

/** Watches releases for a while after they have taken over, and takes back those that fail requests. */
export interface AfterSwitch {
  start(): void;
  stop(): Promise<void>;
}

/** A deploy that replaced another release, by a strategy that watches what comes of it. */
type Watched = RolloutRecord & { readonly from: NonNullable<RolloutRecord['from']>; readonly to: string; readonly endedAt: number };

/** Until when what a rollout brought is watched, in epoch milliseconds; undefined where it is not. */
export function watchedUntil({ kind, state, from, to, endedAt, strategy }: RolloutRecord): number | undefined {
  const watched = kind === 'deploy' && state === 'succeeded' && from !== undefined && from.release !== to && strategy.watchSeconds > 0;
  return watched && endedAt !== undefined ? endedAt + strategy.watchSeconds * 1000 : undefined;
}

function isWatched(rollout: RolloutRecord, endpoint: EndpointRecord | undefined, now: number): rollout is Watched {
  return (watchedUntil(rollout) ?? 0) > now && endpoint?.desired === 'running' && endpoint.live?.release === rollout.to;
}

export function createAfterSwitch({ parts, goBack, log }: AfterSwitchDependencies): AfterSwitch {
  const { rollouts, endpoints, gateway, timing, rolloutChanged } = parts;
  /** What a release had done before it took over all the traffic, by rollout. */
  const baselines = new Map<string, { readonly since: number; readonly statistics: ReleaseStatistics | undefined }>();
  const given = new Set<string>();

  /** A release that got no traffic before the switch is counted from the switch on, whoever looks when. */
  const baselineOf = ({ id, stage }: Watched, now: ReleaseStatistics | undefined): { readonly since: number; readonly statistics: ReleaseStatistics | undefined } => {
    const known = baselines.get(id);
    if (known !== undefined) {
      return known;
    }
    const baseline = stage === 0 && now !== undefined ? { since: now.since, statistics: undefined } : { since: Date.now(), statistics: now };
    baselines.set(id, baseline);
    return baseline;
  };

  const judge = async (rollout: Watched): Promise<void> => {
    const { id, endpoint, to, from, version, strategy } = rollout;
    const now = await gateway.statistics(endpoint, to);
    const { since, statistics } = baselineOf(rollout, now);
    const fresh = countSince(now, statistics);
    const before = countBefore(rollout);
    const checks = judgeAfterSwitch(strategy.checks, fresh, before);
    const comparison = comparisonOf({ limits: strategy.checks, fresh, live: before, answers: undefined }, checks, { fresh: version, live: from.version }, since, Date.now());
    if (fresh.requests !== (rollout.comparison?.since === since ? rollout.comparison.fresh.requests : 0)) {
      rollouts.change(id, { comparison: { ...comparison, live: rollout.comparison?.live ?? comparison.live } });
      rolloutChanged(rollout);
    }
    const failure = checks.find(({ state }) => state === 'failed');
    if (failure !== undefined && !given.has(id)) {
      given.add(id);
      const why = `${failure.label}: ${failure.message}`;
      rollouts.write(id, { step: done, event: 'failed', message: `Going back to version ${from.version} by itself. ${why}` });
      await goBack(endpoint, from.release, why).catch((error: unknown) => {
        rollouts.write(id, { step: done, event: 'failed', message: `The endpoint could not go back: ${toProblem(error).message}` });
        rolloutChanged(rollout);
      });
    }
  };

  const look = async (): Promise<void> => {
    for (const rollout of rollouts.latestOfEach()) {
      if (isWatched(rollout, endpoints.get(rollout.endpoint), Date.now())) {
        await judge(rollout);
      } else {
        baselines.delete(rollout.id);
      }
    }
  };

  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopped = true;
  const next = (): void => {
    timer = setTimeout(() => {
      looking = look()
        .catch((error: unknown) => log.error('watching what took over', error))
        .then(() => (stopped ? undefined : next()));
    }, timing.afterSwitch);
  };
  return {
    start() {
      stopped = false;
      next();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** What the release before had done as of the switch. */
function countBefore({ comparison }: RolloutRecord): TrafficCount {
  const { requests, errors, refused } = comparison?.live ?? { requests: 0, errors: 0, refused: 0 };
  return { requests, errors, refused, latency: new LatencySketch() };
}
