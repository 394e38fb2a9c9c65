import type { RolloutNeed, Strategy } from '../../../contract/deployments.ts';
import type { Outcome } from '../outcome.ts';

/** What the gateway counted of one release. */
export interface TrafficCount {
  readonly requests: number;
  /** Requests that the release could not answer. */
  readonly errors: number;
  /** Requests that it refused as bad input. */
  readonly refused: number;
  /** Milliseconds; null while there was no request. */
  readonly latencyP99: number | null;
}

export interface CanaryView {
  readonly strategy: Extract<Strategy, { kind: 'canary' }>;
  /** How many shares were given so far; 0 before the first. */
  readonly stage: number;
  /** Milliseconds that the current share has been in force. */
  readonly elapsed: number;
  /** Traffic of the new release since the current share came into force. */
  readonly canary: TrafficCount;
  readonly live: TrafficCount;
  readonly promoted: boolean;
  /** The rollout was holding, for a promotion or for more requests. */
  readonly held: boolean;
}

const lookAgain = 500;

/** Judges a canary at its current share. Too few requests are inconclusive, which is never a pass. */
export function judgeCanary(view: CanaryView): Outcome {
  const { strategy, stage, elapsed, canary, live, promoted, held } = view;
  const { checks } = strategy;
  const first = strategy.steps[0];
  if (stage === 0 && first !== undefined) {
    return { kind: 'share', stage: 1, weight: first, message: `${first}% of the traffic`, byPromotion: false };
  }
  if (promoted) {
    return held ? advance(strategy, stage, 'Promoted', true) : { kind: 'finished', message: 'Promoted to all traffic' };
  }
  const enough = canary.requests >= checks.minimumRequests;
  const failure = enough ? failedCheck(view) : undefined;
  if (failure !== undefined) {
    return { kind: 'failed', message: failure };
  }
  const remaining = strategy.stepSeconds * 1000 - elapsed;
  if (remaining > 0) {
    return { kind: 'wait', milliseconds: Math.min(lookAgain, remaining) };
  }
  const promotion: readonly RolloutNeed[] = strategy.hold ? [{ kind: 'promotion' }] : [];
  if (!enough) {
    return {
      kind: 'hold',
      needs: [{ kind: 'requests', minimum: checks.minimumRequests, seen: canary.requests }, ...promotion],
      message: `Inconclusive: ${canary.requests} of at least ${checks.minimumRequests} requests; it goes on when there are enough, or by promote`,
      milliseconds: lookAgain,
    };
  }
  const seen = `${canary.requests} requests, ${canary.errors} failed`;
  if (promotion.length > 0) {
    return { kind: 'hold', needs: promotion, message: `Checks passed (${seen}); waits for promote`, milliseconds: lookAgain };
  }
  const compared = checks.maximumLatencyRatio === undefined || live.requests > 0 ? '' : '; the live release had no requests to compare the latency with';
  return advance(strategy, stage, `Checks passed (${seen}${compared})`, false);
}

function advance(strategy: CanaryView['strategy'], stage: number, why: string, byPromotion: boolean): Outcome {
  const weight = strategy.steps[stage];
  return weight === undefined
    ? { kind: 'finished', message: why }
    : { kind: 'share', stage: stage + 1, weight, message: `${why}; ${weight}% of the traffic`, byPromotion };
}

function failedCheck({ strategy, canary, live }: CanaryView): string | undefined {
  const { maximumErrorRate, maximumLatencyRatio, minimumRequests } = strategy.checks;
  const rate = canary.errors / canary.requests;
  if (rate > maximumErrorRate) {
    return `${canary.errors} of ${canary.requests} requests to the new release failed (${percent(rate)}; at most ${percent(maximumErrorRate)} is allowed)`;
  }
  if (refusesMore(canary, live)) {
    return (
      `The new release refuses ${canary.refused} of ${canary.requests} requests as bad input, the live one ${live.refused} of ${live.requests}: ` +
      'its signature may not fit what clients send'
    );
  }
  if (maximumLatencyRatio !== undefined && live.requests >= minimumRequests && canary.latencyP99 !== null && live.latencyP99 !== null) {
    const ratio = canary.latencyP99 / Math.max(live.latencyP99, 0.001);
    if (ratio > maximumLatencyRatio) {
      return `The new release's p99 latency is ${ratio.toFixed(1)} times the live release's (at most ${maximumLatencyRatio} times is allowed)`;
    }
  }
  return undefined;
}

/** Bad input comes from clients and hits both releases alike, so only a difference beyond four standard errors is the release's own. */
function refusesMore(canary: TrafficCount, live: TrafficCount): boolean {
  if (canary.refused === 0 || live.requests === 0) {
    return false;
  }
  const pooled = (canary.refused + live.refused) / (canary.requests + live.requests);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / canary.requests + 1 / live.requests));
  return canary.refused / canary.requests - live.refused / live.requests > 4 * standardError;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
