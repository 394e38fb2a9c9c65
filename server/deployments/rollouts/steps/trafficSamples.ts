import { LatencySketch } from '../../../gateway/latencySketch.ts';
import type { ReleaseStatistics } from '../../../gateway/statusReport.ts';
import type { TrafficCount } from './canaryVerdict.ts';

/** The traffic of a canary's two releases since its current share came into force. */
export interface Sample {
  readonly canary: TrafficCount;
  readonly live: TrafficCount;
}

interface Baseline {
  readonly stage: number;
  readonly canary: ReleaseStatistics | undefined;
  readonly live: ReleaseStatistics | undefined;
}

/** Remembers what the gateway had counted when a share came into force: each share is judged by its own requests. */
export interface TrafficSamples {
  since(rollout: string, stage: number, canary: ReleaseStatistics | undefined, live: ReleaseStatistics | undefined): Sample;
  forget(rollout: string): void;
}

function countSince(now: ReleaseStatistics | undefined, before: ReleaseStatistics | undefined): TrafficCount {
  if (now === undefined) {
    return { requests: 0, errors: 0, refused: 0, latencyP99: null };
  }
  // A gateway that was restarted counts from zero.
  const base = before !== undefined && before.since === now.since ? before : undefined;
  const failed = now.failedAttempts - (base?.failedAttempts ?? 0);
  return {
    // An attempt that failed was answered by another release, and counted there.
    requests: now.requests - (base?.requests ?? 0) + failed,
    errors: now.serverErrors - (base?.serverErrors ?? 0) + failed,
    refused: now.clientErrors - (base?.clientErrors ?? 0),
    latencyP99: p99Since(now, base),
  };
}

/** Milliseconds; null while there was no request. */
function p99Since(now: ReleaseStatistics, base: ReleaseStatistics | undefined): number | null {
  const all = now.latency === undefined ? undefined : LatencySketch.of(now.latency);
  const microseconds = (base?.latency === undefined ? all : all?.since(base.latency))?.quantile(0.99);
  return microseconds === undefined ? null : microseconds / 1000;
}

export function createTrafficSamples(): TrafficSamples {
  const baselines = new Map<string, Baseline>();
  return {
    since(rollout, stage, canary, live) {
      let baseline = baselines.get(rollout);
      if (baseline?.stage !== stage) {
        baseline = { stage, canary, live };
        baselines.set(rollout, baseline);
      }
      return { canary: countSince(canary, baseline.canary), live: countSince(live, baseline.live) };
    },
    forget: (rollout) => void baselines.delete(rollout),
  };
}
