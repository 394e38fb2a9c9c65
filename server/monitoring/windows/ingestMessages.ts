import type { MessagePort } from 'node:worker_threads';
import type { BaselineTaken } from '../../contract/baselines.ts';
import type { Signature } from '../../contract/registry.ts';
import type { Problem } from '../../platform/errors.ts';
import type { LabelOfRow } from '../labels/labelOfRow.ts';
import type { AnsweredTwice } from '../rehearsal/compareAnswers.ts';
import type { FleetTrafficInput } from './fleetTraffic.ts';
import type { LogSize } from './ingest.ts';
import type { GivenRows, ReleaseFacts } from './profiles.ts';
import type { LiveTrafficQuery } from './liveTraffic.ts';
import type { DriftQuery, MonitoringFigures, MonitoringQuery } from './query.ts';

export interface QueryAnswer {
  readonly figures: MonitoringFigures;
  readonly log: LogSize;
}

export interface RequestsInput {
  readonly endpoint: string;
  readonly limit: number;
  readonly errorsOnly: boolean;
}

export interface FindInput {
  readonly id: string;
  /** Undefined: of any. */
  readonly endpoint: string | undefined;
}

export interface ScoresInput {
  readonly endpoint: string;
  readonly version: number;
  readonly from: number;
  readonly to: number;
}

export interface AnswersInput {
  readonly endpoint: string;
  readonly releases: readonly string[];
  /** Epoch milliseconds. */
  readonly since: number;
}

export interface CountInput {
  readonly endpoint: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

export interface RecordedInput {
  readonly endpoint: string;
  readonly release: string;
  readonly limit: number;
}

/** The model whose versions are compared with a baseline, by the digest of its files. */
export interface BaselineOwner {
  readonly modelDigest: string;
}

export interface TakeBaselineInput extends BaselineOwner {
  readonly signature: Signature;
  readonly from: BaselineTaken;
  readonly choose: boolean;
}

export interface ChooseBaselineInput extends BaselineOwner {
  readonly id: string;
}

export interface CompareBaselinesInput extends ChooseBaselineInput {
  /** Of the other; undefined: the one that is chosen. */
  readonly with: string | undefined;
}

/** Digests of two releases. */
export interface TrainingDriftInput {
  readonly candidate: string;
  readonly live: string;
}

export interface CompareInput {
  /** The live release, whose inputs name the columns. */
  readonly release: string;
  readonly pairs: readonly AnsweredTwice[];
  /** Of rows whose truth is known. */
  readonly labels: readonly LabelOfRow[];
}

export interface CopiesInput {
  readonly endpoint: string;
  /** The live release, whose answers the log has. */
  readonly release: string;
  /** Epoch milliseconds from when copies were made. */
  readonly since: number;
  /** What the shadow answered, by the ids of the requests. */
  readonly answers: readonly { readonly id: string; readonly response: string }[];
}

/** What the worker can be asked. */
export type IngestCall =
  /** Reads what the endpoint's log holds now, then answers a {@link QueryAnswer}. */
  | ({ readonly call: 'query' } & MonitoringQuery)
  /** Answers a {@link DriftAnswer}, or undefined for a feature that is not known. */
  | ({ readonly call: 'drift' } & DriftQuery)
  /** Answers {@link FleetTraffic} of each endpoint, from the windows as they are. */
  | ({ readonly call: 'fleet' } & FleetTrafficInput)
  /** Reads what the endpoint's log holds now, then answers a {@link LiveTrafficAnswer}. */
  | ({ readonly call: 'live-traffic' } & LiveTrafficQuery)
  /** Answers the latest requests. */
  | ({ readonly call: 'requests' } & RequestsInput)
  /** Answers the {@link FoundRequest}, or undefined. */
  | ({ readonly call: 'find' } & FindInput)
  /** Answers the {@link ScoredTraffic}. */
  | ({ readonly call: 'scores' } & ScoresInput)
  /** Answers what each release has answered. */
  | ({ readonly call: 'answers' } & AnswersInput)
  /** Answers how many requests there were. */
  | ({ readonly call: 'count' } & CountInput)
  /** Answers {@link RecordedRequest}s of a release. */
  | ({ readonly call: 'recorded' } & RecordedInput)
  /** Answers the {@link Agreement} of two releases. */
  | ({ readonly call: 'compare' } & CompareInput)
  /** Answers the {@link Agreement} of the live release with a shadow. */
  | ({ readonly call: 'compare-copies' } & CopiesInput & Pick<CompareInput, 'labels'>)
  /** Takes a release's baseline before its first request. */
  | { readonly call: 'prepare'; readonly release: string }
  /** Answers the {@link TakenRows}. */
  | ({ readonly call: 'take-rows' } & GivenRows)
  | ({ readonly call: 'baselines' } & BaselineOwner)
  | ({ readonly call: 'take-baseline' } & TakeBaselineInput)
  | ({ readonly call: 'choose-baseline' } & ChooseBaselineInput)
  | ({ readonly call: 'compare-baselines' } & CompareBaselinesInput)
  | ({ readonly call: 'training-drift' } & TrainingDriftInput)
  | { readonly call: 'tidy'; readonly keptDays: number };

export type CallAnswer<Output> = { readonly output: Output } | { readonly failure: Pick<Problem, 'reason' | 'message' | 'field' | 'remedy'> };

export type ToWorker =
  | { readonly type: 'call'; readonly input: IngestCall; readonly reply: MessagePort }
  | { readonly type: 'facts'; readonly release: string; readonly facts: ReleaseFacts | undefined };

export type FromWorker =
  /** Something of an endpoint's log has been brought into windows. */
  | { readonly type: 'changed'; readonly endpoint: string }
  /** The worker needs to know a release. */
  | { readonly type: 'wanted'; readonly release: string }
  | { readonly type: 'trouble'; readonly message: string };

export interface IngestWorkerData {
  readonly database: string;
  readonly inference: string;
  /** How often the log is read when nobody asks. */
  readonly pollMilliseconds: number;
}
