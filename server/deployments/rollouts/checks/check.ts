import type { RolloutChecks } from '../../../contract/deployments.ts';
import type { RolloutCheck } from '../../../contract/rolloutCheck.ts';
import type { LatencySketch } from '../../../gateway/latencySketch.ts';
import type { AnswerValue } from '../../replicas/ports.ts';

/** What the gateway counted of one release. */
export interface TrafficCount {
  readonly requests: number;
  /** Requests that the release could not answer: the server or the model failed. */
  readonly errors: number;
  /** Requests that it refused as bad input. */
  readonly refused: number;
  /** Microseconds at the gateway of these requests alone. */
  readonly latency: LatencySketch;
}

/** A new release beside the live one, over the same time. */
export interface Judged {
  readonly limits: RolloutChecks;
  readonly fresh: TrafficCount;
  readonly live: TrafficCount;
  /** A sample of what both answered; undefined where nothing was read. */
  readonly answers: { readonly fresh: readonly AnswerValue[]; readonly live: readonly AnswerValue[] } | undefined;
}

export type Verdict = Pick<RolloutCheck, 'state' | 'message'>;

/** One thing that a new release is judged by. The order of checks is that of the list in `checks.ts`. */
export interface Check {
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** Called once the new release has its minimum of requests. */
  judge(judged: Judged): Verdict;
}

export const passed = (message: string): Verdict => ({ state: 'passed', message });
export const failed = (message: string): Verdict => ({ state: 'failed', message });
export const notEvaluated = (message: string): Verdict => ({ state: 'not-evaluated', message });

/** A share of one as percent, with three digits. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
