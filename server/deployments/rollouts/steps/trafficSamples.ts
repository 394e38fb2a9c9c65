import { LatencySketch } from '../../../gateway/latencySketch.ts';
import type { ReleaseStatistics } from '../../../gateway/statusReport.ts';
import type { Judged, TrafficCount } from '../checks/check.ts';

/** The traffic of two releases since the new one's current share came into force. */
export interface Sample {
  readonly fresh: TrafficCount;
  readonly live: TrafficCount;
}

interface Baseline {
  readonly stage: number;
  readonly fresh: ReleaseStatistics | undefined;
  readonly live: ReleaseStatistics | undefined;
}

/** Remembers what the gateway had counted when a share came into force: each share is judged by its own requests. */
export interface TrafficSamples {
  since(rollout: string, stage: number, fresh: ReleaseStatistics | undefined, live: ReleaseStatistics | undefined): Sample;
  /** What `read` found of both releases' answers, again after a while: the log is not read with each look at the counters. */
  answers(rollout: string, stage: number, read: () => Promise<Judged['answers']>): Promise<Judged['answers']>;
  forget(rollout: string): void;
}

const rereadMilliseconds = 5000;

/** What was counted of a release since an earlier count; of a gateway that was restarted meanwhile, all that it has counted. */
export function countSince(now: ReleaseStatistics | undefined, before?: ReleaseStatistics): TrafficCount {
  if (now === undefined) {
    return { requests: 0, errors: 0, refused: 0, latency: new LatencySketch() };
  }
  const base = before !== undefined && before.since === now.since ? before : undefined;
  const failed = now.failedAttempts - (base?.failedAttempts ?? 0);
  return {
    // An attempt that failed was answered by another release, and counted there.
    requests: now.requests - (base?.requests ?? 0) + failed,
    errors: now.serverErrors - (base?.serverErrors ?? 0) + failed,
    refused: now.clientErrors - (base?.clientErrors ?? 0),
    latency: latencySince(now, base),
  };
}

function latencySince(now: ReleaseStatistics, base: ReleaseStatistics | undefined): LatencySketch {
  const all = now.latency === undefined ? new LatencySketch() : LatencySketch.of(now.latency);
  return base?.latency === undefined ? all : all.since(base.latency);
}

export function createTrafficSamples(): TrafficSamples {
  const baselines = new Map<string, Baseline>();
  const read = new Map<string, { readonly stage: number; readonly at: number; readonly answers: Judged['answers'] }>();
  return {
    since(rollout, stage, fresh, live) {
      let baseline = baselines.get(rollout);
      if (baseline?.stage !== stage) {
        baseline = { stage, fresh, live };
        baselines.set(rollout, baseline);
      }
      return { fresh: countSince(fresh, baseline.fresh), live: countSince(live, baseline.live) };
    },
    async answers(rollout, stage, readAnswers) {
      const known = read.get(rollout);
      if (known?.stage === stage && Date.now() - known.at < rereadMilliseconds) {
        return known.answers;
      }
      const answers = await readAnswers();
      read.set(rollout, { stage, at: Date.now(), answers });
      return answers;
    },
    forget(rollout) {
      baselines.delete(rollout);
      read.delete(rollout);
    },
  };
}
