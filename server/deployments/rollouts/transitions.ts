import type { RolloutStep, Strategy } from '../../contract/deployments.ts';

/** What a step came to. */
export type Outcome =
  | { readonly kind: 'finished'; readonly message: string }
  /** The rollout fails; what was live stays or comes back. */
  | { readonly kind: 'failed'; readonly message: string }
  /** Nothing is decided yet; look again after so many milliseconds. */
  | { readonly kind: 'wait'; readonly milliseconds: number; readonly message?: string }
  /** Someone has to promote, or more requests have to come. */
  | { readonly kind: 'hold'; readonly inconclusive: boolean; readonly message: string; readonly milliseconds?: number }
  /** The canary goes to its next share of the traffic. */
  | { readonly kind: 'share'; readonly stage: number; readonly weight: number; readonly message: string }
  /** Nothing is left to do: the release is live already. */
  | { readonly kind: 'settled'; readonly message: string };

const order: readonly RolloutStep[] = ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'canary', 'switch', 'drain', 'done'];

/** Only a canary that has another release beside it takes the step of that name. */
export function takesCanary(strategy: Strategy, beside: boolean): boolean {
  return strategy.kind === 'canary' && beside;
}

/** The step after one that finished. `beside`: another release is live and shares the traffic. */
export function nextStep(step: RolloutStep, strategy: Strategy, beside: boolean): RolloutStep {
  const next = order[order.indexOf(step) + 1] ?? 'done';
  return next === 'canary' && !takesCanary(strategy, beside) ? 'switch' : next;
}

/** The new release has taken over: failing and cancelling are no longer possible, only rolling back is. */
export function hasSwitched(step: RolloutStep): boolean {
  return order.indexOf(step) > order.indexOf('switch');
}

/**
 * Where a rollout goes on when its new replica is found dead although nobody saw it die, as after a restart of the machine: what
 * needs the replica is done again.
 */
export function resumeStep(step: RolloutStep, replicaRuns: boolean): RolloutStep {
  const needsReplica = order.indexOf(step) > order.indexOf('replica') && !hasSwitched(step);
  return needsReplica && !replicaRuns ? 'environment' : step;
}

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
    return { kind: 'share', stage: 1, weight: first, message: `${first} % of the traffic` };
  }
  if (promoted) {
    return held ? advance(strategy, stage, 'Promoted') : { kind: 'finished', message: 'Promoted to all traffic' };
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
  if (!enough) {
    return {
      kind: 'hold',
      inconclusive: true,
      message: `Inconclusive: ${canary.requests} of at least ${checks.minimumRequests} requests; it goes on when there are enough, or by promote`,
      milliseconds: lookAgain,
    };
  }
  const seen = `${canary.requests} requests, ${canary.errors} failed`;
  if (strategy.hold) {
    return { kind: 'hold', inconclusive: false, message: `Checks passed (${seen}); waits for promote`, milliseconds: lookAgain };
  }
  const compared = checks.maximumLatencyRatio === undefined || live.requests > 0 ? '' : '; the live release had no requests to compare the latency with';
  return advance(strategy, stage, `Checks passed (${seen}${compared})`);
}

function advance(strategy: CanaryView['strategy'], stage: number, why: string): Outcome {
  const weight = strategy.steps[stage];
  return weight === undefined
    ? { kind: 'finished', message: why }
    : { kind: 'share', stage: stage + 1, weight, message: `${why}; ${weight} % of the traffic` };
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
