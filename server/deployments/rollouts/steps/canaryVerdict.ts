import { sharesOf, type RolloutNeed, type SharingStrategy } from '../../../contract/deployments.ts';
import type { RolloutCheck } from '../../../contract/rolloutCheck.ts';
import { formatDuration } from '../../../contract/format/durations.ts';
import type { TrafficCount } from '../checks/check.ts';
import type { Outcome } from '../outcome.ts';

export interface CanaryView {
  readonly strategy: SharingStrategy;
  /** How many shares were given so far; 0 before the first. */
  readonly stage: number;
  /** Milliseconds that the current share has been in force. */
  readonly elapsed: number;
  /** Traffic of the new release since the current share came into force. */
  readonly fresh: Pick<TrafficCount, 'requests' | 'errors'>;
  /** What the checks say of it. */
  readonly checks: readonly RolloutCheck[];
  readonly promoted: boolean;
  /** The rollout was holding, for a promotion or for more requests. */
  readonly held: boolean;
}

const lookAgain = 500;

/** Judges a canary at its current share. Too few requests are inconclusive, which is never a pass. */
export function judgeCanary(view: CanaryView): Outcome {
  const { strategy, stage, elapsed, fresh, checks, promoted, held } = view;
  const { minimumRequests } = strategy.checks;
  const [first] = sharesOf(strategy);
  if (stage === 0 && first !== undefined) {
    return { kind: 'share', stage: 1, weight: first, message: `${first}% of the traffic`, byPromotion: false };
  }
  if (promoted) {
    return held ? advance(strategy, stage, 'Promoted', true) : { kind: 'finished', message: 'Promoted to all traffic' };
  }
  const failure = checks.find(({ state }) => state === 'failed');
  if (failure !== undefined) {
    return { kind: 'failed', message: failure.message };
  }
  const remaining = strategy.stepSeconds * 1000 - elapsed;
  if (remaining > 0) {
    return { kind: 'wait', milliseconds: Math.min(lookAgain, remaining) };
  }
  const promotion: readonly RolloutNeed[] = strategy.hold ? [{ kind: 'promotion' }] : [];
  if (fresh.requests < minimumRequests) {
    return inconclusive(view, promotion);
  }
  const seen = `${fresh.requests} requests, ${fresh.errors} failed`;
  if (promotion.length > 0) {
    return { kind: 'hold', needs: promotion, message: `Checks passed (${seen}); waits for promote`, milliseconds: lookAgain };
  }
  const open = checks.filter(({ state }) => state === 'not-evaluated').map(({ label }) => label.toLowerCase());
  return advance(strategy, stage, `Checks passed (${seen}${open.length === 0 ? '' : `; not evaluated: ${open.join(', ')}`})`, false);
}

/** Too few requests hold the rollout until its deadline, and then undo it: what nobody asks for is not known to be good. */
function inconclusive({ strategy, elapsed, fresh }: CanaryView, promotion: readonly RolloutNeed[]): Outcome {
  const { checks: { minimumRequests }, deadlineSeconds, hold } = strategy;
  const seen = `${fresh.requests} of at least ${minimumRequests} requests`;
  if (deadlineSeconds > 0 && elapsed >= deadlineSeconds * 1000) {
    return { kind: 'failed', message: `Only ${seen} came within ${formatDuration(deadlineSeconds * 1000)}: too few to judge it by. The live release has all the traffic again.` };
  }
  return {
    kind: 'hold',
    needs: [{ kind: 'requests', minimum: minimumRequests, seen: fresh.requests }, ...promotion],
    message: `Inconclusive: ${seen}; ${hold ? 'then it waits for promote' : 'it goes on when there are enough, or by promote'}`,
    milliseconds: lookAgain,
  };
}

function advance(strategy: SharingStrategy, stage: number, why: string, byPromotion: boolean): Outcome {
  const weight = sharesOf(strategy)[stage];
  return weight === undefined
    ? { kind: 'finished', message: why }
    : { kind: 'share', stage: stage + 1, weight, message: `${why}; ${weight}% of the traffic`, byPromotion };
}
