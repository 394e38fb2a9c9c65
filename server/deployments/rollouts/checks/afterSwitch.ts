import type { RolloutChecks } from '../../../contract/deployments.ts';
import type { RolloutCheck } from '../../../contract/rolloutCheck.ts';
import { failed, notEvaluated, passed, percent, type TrafficCount, type Verdict } from './check.ts';
import { refusals } from './refusals.ts';

/** Standard errors beyond which a share is more than chance. */
const standardErrors = 3;

/**
 * What a release that took over is judged by. All of the traffic depends on it, so one failed request of twenty is no reason to go back:
 * the share of failed requests has to be above the limit, and above that of before, by more than chance.
 * @param before what the release before had done as of the switch
 */
export function judgeAfterSwitch(limits: RolloutChecks, fresh: TrafficCount, before: TrafficCount): RolloutCheck[] {
  const few = fresh.requests < limits.minimumRequests ? notEvaluated(`${fresh.requests} of at least ${limits.minimumRequests} requests`) : undefined;
  return [
    { id: 'errors', label: 'Errors', ...(few ?? judgeErrors(limits, fresh, before)) },
    { id: refusals.id, label: refusals.label, ...(few ?? refusals.judge({ limits, fresh, live: before, answers: undefined })) },
  ];
}

function judgeErrors({ maximumErrorRate }: RolloutChecks, fresh: TrafficCount, before: TrafficCount): Verdict {
  const [rate, rateBefore] = [fresh.errors / fresh.requests, before.requests === 0 ? 0 : before.errors / before.requests];
  const allowed = Math.max(maximumErrorRate, rateBefore);
  const deviation = Math.sqrt((allowed * (1 - allowed)) / fresh.requests);
  const counts = `${fresh.errors} of ${fresh.requests} requests failed (${percent(rate)})`;
  const earlier = before.requests === 0 ? '' : `, of the release before ${before.errors} of ${before.requests}`;
  return rate > allowed + standardErrors * deviation ? failed(`${counts}${earlier}; at most ${percent(maximumErrorRate)} is allowed`) : passed(`${counts}${earlier}`);
}
