import type { RolloutCheck, RolloutComparison, TrafficCount as ShownCount } from '../../../contract/deployments.ts';
import { notEvaluated, type Check, type Judged, type TrafficCount } from './check.ts';
import { errors } from './errors.ts';
import { latency } from './latency.ts';
import { predictions } from './predictions.ts';
import { refusals } from './refusals.ts';

/** What a new release is judged by, in the order in which it is told. */
const checks: readonly Check[] = [errors, refusals, latency, predictions];

/** Every check of a new release; none is evaluated below its minimum of requests. */
export function runChecks(judged: Judged): RolloutCheck[] {
  const { requests } = judged.fresh;
  const { minimumRequests } = judged.limits;
  return checks.map((check) => ({
    id: check.id,
    label: check.label,
    ...(requests < minimumRequests ? notEvaluated(`${requests} of at least ${minimumRequests} requests`) : check.judge(judged)),
  }));
}

/** @param since from when the new release's requests count */
export function comparisonOf(judged: Judged, results: readonly RolloutCheck[], versions: { readonly fresh: number; readonly live: number }, since: number, at: number): RolloutComparison {
  return { since, at, fresh: shownCount(judged.fresh, versions.fresh), live: shownCount(judged.live, versions.live), checks: [...results] };
}

function shownCount({ requests, errors: failures, refused, latency: sketch }: TrafficCount, modelVersion: number): ShownCount {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => sketch.quantile(q));
  const counts = { modelVersion, requests, errors: failures, refused };
  return p50 === undefined || p95 === undefined || p99 === undefined ? counts : { ...counts, latency: { p50: p50 / 1000, p95: p95 / 1000, p99: p99 / 1000 } };
}
