import type { RuleId, RuleSettings } from '../contract/alerts.ts';
import { formatLatency } from '../contract/format/durations.ts';
import { formatNumber, formatShare } from '../contract/format/numbers.ts';
import type { Verdict } from '../contract/monitoring.ts';
import { metricFacts, type PerformancePart } from '../contract/performance.ts';

/** Traffic of some time, of all releases together. */
export interface TrafficFigures {
  readonly requests: number;
  /** Of the server or its model, not of clients. */
  readonly serverErrors: number;
  /** Answered and not in the log. */
  readonly lost: number;
  /** Milliseconds; undefined without requests. */
  readonly p99: number | undefined;
}

/** For rules that look at something else. */
export const noTraffic: TrafficFigures = { requests: 0, serverErrors: 0, lost: 0, p99: undefined };

/** The last retraining of an endpoint's model. */
export interface RetrainingSeen {
  readonly failed: boolean;
  /** Of one that failed the cell and why. */
  readonly message: string;
}

/** What a rule looks at. */
export interface RuleSubject {
  readonly traffic: TrafficFigures;
  /** State of the endpoint and why, where it is known. */
  readonly state: { readonly state: string; readonly message: string } | undefined;
  readonly performance: PerformancePart | undefined;
  readonly verdict: Verdict | undefined;
  readonly retraining?: RetrainingSeen | undefined;
}

/** What a rule says of its subject; `unknown`: there is too little to say anything. */
export type Measured =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'well' | 'breached'; readonly value: number; readonly summary: string };

function judged(isBreached: boolean, value: number, summary: string): Measured {
  return { kind: isBreached ? 'breached' : 'well', value, summary };
}

/** Judges one rule. Whether it fires is for who knows how long it has held. */
export function measure(rule: RuleId, { threshold, minimum, windowMinutes, metric }: RuleSettings, { traffic, state, performance, verdict, retraining }: RuleSubject): Measured {
  const { requests, serverErrors, lost, p99 } = traffic;
  const within = `in ${windowMinutes} min`;
  switch (rule) {
    case 'error-rate': {
      const share = serverErrors / requests;
      return requests < Math.max(1, minimum) ? { kind: 'unknown' } : judged(share > threshold, share, `${formatShare(share)} of ${formatNumber(requests)} requests failed ${within} (bound ${formatShare(threshold)}).`);
    }
    case 'latency':
      return p99 === undefined || requests < minimum ? { kind: 'unknown' } : judged(p99 > threshold, p99, `p99 is ${formatLatency(p99)} of ${formatNumber(requests)} requests ${within} (bound ${formatLatency(threshold)}).`);
    case 'no-traffic':
      return judged(requests < threshold, requests, `${formatNumber(requests)} requests came ${within} (at least ${formatNumber(threshold)} are expected).`);
    case 'lost-requests':
      return judged(lost > threshold, lost, `${formatNumber(lost)} requests were answered and are not in the log ${within}.`);
    case 'degraded': {
      const isAiling = state?.state === 'degraded' || state?.state === 'failed';
      return state === undefined ? { kind: 'unknown' } : judged(isAiling, isAiling ? 1 : 0, `The endpoint is ${state.state}${state.message === '' ? '.' : `: ${state.message}`}`);
    }
    case 'drift': {
      const hasMoved = verdict?.kind === 'inputs-moved' || verdict?.kind === 'predictions-moved' || verdict?.kind === 'both-moved';
      return verdict === undefined || requests < minimum || !(hasMoved || verdict.kind === 'nothing-moved') ? { kind: 'unknown' } : judged(hasMoved, verdict.suspects.length, verdict.sentence);
    }
    case 'retraining':
      return retraining === undefined ? { kind: 'unknown' } : judged(retraining.failed, retraining.failed ? 1 : 0, `The retraining of its model failed: ${retraining.message}`);
    case 'performance': {
      const figure = performance === undefined || !('metrics' in performance.evaluation) ? undefined : performance.evaluation.metrics.find((each) => each.metric === metric);
      if (performance === undefined || typeof figure?.value !== 'number' || performance.labelled < minimum) {
        return { kind: 'unknown' };
      }
      const { label, better } = metricFacts[metric];
      const isWorse = better === 'greater' ? figure.value < threshold : figure.value > threshold;
      return judged(isWorse, figure.value, `${label} is ${formatNumber(figure.value, 3)} of ${formatNumber(performance.labelled)} labelled predictions (bound ${formatNumber(threshold, 3)}).`);
    }
  }
}

