import type { GateId, GateSettings } from '../../contract/gates.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { Release } from '../../contract/releases.ts';
import type { TrainingDrift } from '../../monitoring/baselines/trainingDrift.ts';
import type { JudgedRows } from '../judgedRows.ts';
import type { OwnCheck, OwnOutcome } from '../ownCheck.ts';

export interface Verdict {
  readonly state: 'passed' | 'failed' | 'not-evaluated';
  readonly message: string;
}

export const passed = (message: string): Verdict => ({ state: 'passed', message });
export const failed = (message: string): Verdict => ({ state: 'failed', message });
export const notEvaluated = (message: string): Verdict => ({ state: 'not-evaluated', message });

/** What gates judge. */
export interface Judged {
  readonly version: ModelVersion;
  /** The candidate as it would be shipped. */
  readonly release: Release;
  /** What production runs; undefined where it runs nothing. */
  readonly live: Release | undefined;
  /** The evaluation rows with what both releases answer, or why there are none. */
  readonly rows: JudgedRows | string;
  /** Milliseconds of requests with the recorded example at the candidate's replica, or why there are none. */
  readonly latencies: () => Promise<readonly number[] | string>;
  /** How long requests with the recorded example took, some at once, at the candidate's replica, or why there are none. */
  readonly throughput: () => Promise<{ readonly requests: number; readonly atOnce: number; readonly seconds: number } | string>;
  /** How far the training data of the candidate is from the baseline of the live release, or why that cannot be said. */
  readonly training: () => Promise<TrainingDrift | { readonly reason: string }>;
  /** Runs a command of the policy, or says why it came to no end of its own. */
  readonly own: (check: OwnCheck) => Promise<OwnOutcome | string>;
}

/** One check that a version must pass before a rollout. */
export interface Gate<Id extends GateId = GateId> {
  readonly id: Id;
  /** For people. */
  readonly label: string;
  judge(judged: Judged, settings: GateSettings[Id]): Verdict | Promise<Verdict>;
}
