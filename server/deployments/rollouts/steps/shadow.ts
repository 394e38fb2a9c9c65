import { isDeepStrictEqual } from 'node:util';
import { shadowStep, type ShadowReport } from '../../../contract/shadow.ts';
import { LatencySketch } from '../../../gateway/latencySketch.ts';
import type { ShadowStatistics } from '../../../gateway/shadowReport.ts';
import { Problem } from '../../../platform/errors.ts';
import { runShadowChecks, shownLatency } from '../checks/checks.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { judgeShadow } from './shadowVerdict.ts';
import { finished, releaseOf, replicasOf, type RolloutParts, type Step } from './step.ts';

const lookAgain = 500;
/** The log is not read with each look at the counters. */
const rereadMilliseconds = 3000;

/** Copies of live requests go to the new release, whose answers go to nobody; they are compared with the live ones. */
export const shadow: Step = {
  id: shadowStep,
  label: 'Shadow',
  beginning: 'Copying requests to the new release, whose answers go to nobody',
  share: 15,
  fraction: ({ strategy, shadow: report }) => Math.min(1, (report?.copies ?? 0) / (strategy.shadow?.requests ?? 1)),
  taken: ({ shadow: plan }, beside) => plan !== undefined && beside,
  needsReplica: true,
  cancellable: true,
  promotable: true,
  async run(rollout, parts) {
    const plan = rollout.strategy.shadow;
    const live = parts.endpoints.get(rollout.endpoint)?.live;
    if (plan === undefined || live === undefined) {
      return finished('There is no release to be the shadow of');
    }
    for (const { id } of replicasOf(rollout, parts)) {
      const seen = await parts.replicas.observe(id);
      if (!seen.running) {
        throw new Problem('unavailable', `A replica of the new release crashed on copies of requests (${seen.detail}).`);
      }
    }
    const statistics = await parts.gateway.shadow(rollout.endpoint);
    if (statistics?.release !== releaseOf(rollout)) {
      // Its route is not in force yet, or the gateway is being started again.
      return { kind: 'wait', milliseconds: lookAgain };
    }
    const report = await reportOf(rollout, live.release, statistics, parts);
    if (!isDeepStrictEqual({ ...report, at: 0 }, { ...rollout.shadow, at: 0 })) {
      parts.rollouts.change(rollout.id, { shadow: report });
      parts.rolloutChanged(rollout);
    }
    return judgeShadow({ plan, limits: rollout.strategy.checks, report, elapsed: Date.now() - statistics.since, promoted: rollout.promoted });
  },
};

async function reportOf(rollout: RolloutRecord, live: string, statistics: ShadowStatistics, parts: RolloutParts): Promise<ShadowReport> {
  const { endpoint, strategy, shadow: before } = rollout;
  const { since, copies, failed, refused, dropped, failure } = statistics;
  const known = before?.since === since && isFresh(before, copies, strategy.shadow?.requests ?? 0) ? before : undefined;
  const agreement = known === undefined ? await compare({ endpoint, release: live, since }, parts) : agreementOf(known);
  const [fresh, ofLive] = [LatencySketch.of(statistics.latency), LatencySketch.of(statistics.liveLatency)];
  const judged = { limits: strategy.checks, fresh: { requests: copies, errors: failed, refused, latency: fresh }, live: { requests: copies, errors: 0, refused: 0, latency: ofLive }, answers: undefined };
  const [shownFresh, shownLive] = [shownLatency(fresh), shownLatency(ofLive)];
  return {
    ...agreement,
    since,
    at: known?.at ?? Date.now(),
    compared: known?.compared ?? copies,
    percent: strategy.shadow?.percent ?? 0,
    copies,
    failed,
    ...(failure === undefined ? {} : { failure }),
    refused,
    dropped,
    ...(shownFresh === undefined || shownLive === undefined ? {} : { latency: { fresh: shownFresh, live: shownLive } }),
    checks: runShadowChecks(judged, agreement),
  };
}

/** Whether what was compared holds still: there is nothing new, or too little time has passed and the copies that are wanted have not come just now. */
function isFresh(before: ShadowReport, copies: number, wanted: number): boolean {
  return before.compared === copies || (Date.now() - before.at < rereadMilliseconds && !(before.compared < wanted && copies >= wanted));
}

type Compared = Awaited<ReturnType<RolloutParts['requestLog']['compareCopies']>>;

async function compare(of: { readonly endpoint: string; readonly release: string; readonly since: number }, { gateway, requestLog }: Pick<RolloutParts, 'gateway' | 'requestLog'>): Promise<Compared> {
  return requestLog.compareCopies({ ...of, answers: await gateway.shadowAnswers(of.endpoint) });
}

function agreementOf({ rows, agreed, tolerance, matrix, flips, slices, right }: ShadowReport): Compared {
  return { rows, agreed, ...(tolerance === undefined ? {} : { tolerance }), matrix, flips, slices, ...(right === undefined ? {} : { right }) };
}
