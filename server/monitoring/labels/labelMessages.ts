import type { MessagePort } from 'node:worker_threads';
import type { ErrorReason } from '../../contract/errors.ts';
import type { Performance, RecordedLabels } from '../../contract/performance.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';
import type { ForgetAnswer, ForgetInput } from '../forget/forgetPerson.ts';
import type { AnswerForm } from './evaluate.ts';
import type { LabelOfRow } from './labelOfRow.ts';

/** What the companion tells of a release. */
export interface LabelledRelease {
  readonly inputs: readonly ColumnSpec[];
  readonly form: AnswerForm;
  readonly version: number | undefined;
}

/** Labels as they came, in one of three forms. */
export interface GivenLabels {
  readonly labels?: readonly Record<string, unknown>[] | undefined;
  readonly csv?: string | undefined;
  readonly jsonLines?: string | undefined;
  readonly keyColumn?: string | undefined;
  readonly labelColumn: string;
}

export interface RecordInput extends GivenLabels {
  readonly endpoint: string;
  readonly source: string;
  readonly check: boolean;
}

export interface PerformanceInput {
  readonly endpoint: string;
  readonly from: number;
  readonly to: number;
  readonly windows: number;
}

/** The figures without what the companion adds. */
export type PerformanceFigures = Omit<Performance, 'isComplete'>;

/** What the worker can be asked. */
export interface LabelCalls {
  /** Writes labels, or says why none of them. */
  record: (input: RecordInput) => Omit<RecordedLabels, 'joined'> & { readonly received: number; readonly since: number };
  /**
   * Reads what the endpoint's log holds now, if it has labels. Returns the releases that it has to know before it can go on; none when the log is
   * read to its end.
   */
  catchUp: (input: { readonly endpoint: string; readonly releases: Readonly<Record<string, LabelledRelease>> }) => { readonly wanted: readonly string[]; readonly changed: boolean };
  /** How many of the labels that came since a time have a prediction. */
  joined: (input: { readonly endpoint: string; readonly since: number }) => number;
  /** The labels of the rows of some requests. */
  labelsOf: (input: { readonly endpoint: string; readonly requests: readonly string[] }) => readonly LabelOfRow[];
  performance: (input: PerformanceInput & { readonly releases: Readonly<Record<string, LabelledRelease>> }) => PerformanceFigures;
  /** Erases a person by a key. Returns the releases that it has to know before, where there are such. */
  forget: (input: ForgetInput) => ForgetAnswer;
  tidy: (input: { readonly before: number }) => Record<string, never>;
}

export type LabelCall = { readonly [Name in keyof LabelCalls]: { readonly call: Name; readonly input: Parameters<LabelCalls[Name]>[0] } }[keyof LabelCalls];

export interface CallFailure {
  readonly reason: ErrorReason;
  readonly message: string;
  readonly field?: string | undefined;
  readonly remedy?: string | undefined;
}
export type LabelAnswer<Output> = { readonly output: Output } | { readonly failure: CallFailure };

export interface ToLabelWorker {
  readonly asked: LabelCall;
  readonly reply: MessagePort;
}
