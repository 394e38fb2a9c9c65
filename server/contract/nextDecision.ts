import { sharesOf, type RolloutSummary } from './deployments.ts';
import { formatDuration } from './format/durations.ts';
import { shadowStep } from './shadow.ts';

type Decided = Pick<RolloutSummary, 'state' | 'step' | 'strategy' | 'weight' | 'shareSince' | 'comparison' | 'needs'>;

/** Requests that the new release's current share has seen, of those that it is judged by; undefined where it has no share of its own. */
function requestsOf({ strategy, comparison, shareSince, weight }: Decided): { readonly seen: number; readonly minimum: number } | undefined {
  if ((strategy.kind !== 'canary' && strategy.kind !== 'linear') || weight === 0 || weight === 100) {
    return undefined;
  }
  // What was counted of the share before says nothing of this one.
  const own = comparison !== undefined && comparison.since === shareSince ? comparison.fresh.requests : 0;
  return { seen: own, minimum: strategy.checks.minimumRequests };
}

/** Whether a rollout would be promoted although its share has seen too few requests to be judged by. */
export function isInconclusive(rollout: Decided): boolean {
  if (rollout.step === shadowStep) {
    return rollout.state !== 'held' || rollout.needs.some(({ kind }) => kind === 'requests');
  }
  const requests = requestsOf(rollout);
  return requests !== undefined && requests.seen < requests.minimum;
}

/**
 * What a rollout that shares the traffic does next, and what for: `10 → 50 % at 20 requests; 19 so far`. Undefined where nothing is to be decided.
 * @param now epoch milliseconds
 */
export function nextDecision(rollout: Decided, now: number): string | undefined {
  const { strategy, weight, shareSince } = rollout;
  const shadow = rollout.step === shadowStep && strategy.kind !== 'unknown' ? strategy.shadow : undefined;
  if (shadow !== undefined) {
    return `Goes on after ${shadow.requests} copies and ${formatDuration(shadow.seconds * 1000)}${shadow.hold ? '; then when someone promotes it' : ''}`;
  }
  const requests = requestsOf(rollout);
  if ((strategy.kind !== 'canary' && strategy.kind !== 'linear') || requests === undefined) {
    return rollout.state === 'held' && rollout.needs.some(({ kind }) => kind === 'promotion') ? `${weight} → 100 % when someone promotes it` : undefined;
  }
  const next = sharesOf(strategy).find((share) => share > weight) ?? 100;
  const { seen, minimum } = requests;
  const elapsed = now - (shareSince ?? now);
  const [remaining, left] = [strategy.stepSeconds * 1000 - elapsed, strategy.deadlineSeconds * 1000 - elapsed];
  return [
    `${weight} → ${next} % at ${minimum} requests`,
    `${seen} so far`,
    ...(remaining > 0 ? [`in ${formatDuration(Math.ceil(remaining / 1000) * 1000)} at the earliest`] : []),
    ...(strategy.hold ? ['then when someone promotes it'] : []),
    ...(seen < minimum && strategy.deadlineSeconds > 0 ? [left > 0 ? `undone in ${formatDuration(Math.ceil(left / 1000) * 1000)} without them` : 'undone without them'] : []),
  ].join('; ');
}
