import type { RolloutComparison, TrafficCount as ShownCount } from '../../../contract/deployments.ts';
import type { RolloutCheck } from '../../../contract/rolloutCheck.ts';
import type { Agreement } from '../../../contract/rehearsal.ts';
import { judgeAgreement } from './agreement.ts';
import { notEvaluated, type Check, type Judged, type TrafficCount } from './check.ts';
import type { LatencySketch } from '../../../gateway/latencySketch.ts';
import { errors } from './errors.ts';
import { latency } from './latency.ts';
import { predictions } from './predictions.ts';
import { refusals } from './refusals.ts';

/** What a new release is judged by, in the order in which it is told. */
const checks: readonly Check[] = [errors, refusals, latency, predictions];

/** Every check of a new release; none is evaluated below its minimum of requests. */
export function runChecks(judged: Judged): RolloutCheck[] {
  return evaluate(checks, judged);
}

/** The checks of a shadow, which answers the same requests as the live release: those that need no answers of its own traffic, and the agreement. */
export function runShadowChecks(judged: Judged, compared: Pick<Agreement, 'rows' | 'agreed'>): RolloutCheck[] {
  return [...evaluate([errors, refusals, latency], judged), { id: 'agreement', label: 'Agreement', ...judgeAgreement(judged.limits, compared) }];
}

function evaluate(evaluated: readonly Check[], judged: Judged): RolloutCheck[] {
  const { requests } = judged.fresh;
  const { minimumRequests } = judged.limits;
  return evaluated.map((check) => ({
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
  const shown = shownLatency(sketch);
  return { modelVersion, requests, errors: failures, refused, ...(shown === undefined ? {} : { latency: shown }) };
}

/** Quantiles in milliseconds; undefined where nothing was counted. */
export function shownLatency(sketch: LatencySketch): ShownCount['latency'] {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => sketch.quantile(q));
  return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50: p50 / 1000, p95: p95 / 1000, p99: p99 / 1000 };
}
