import type { z } from 'zod';
import type { RetryPolicy } from './retry.ts';

export const openStates = ['waiting', 'running', 'held'] as const;
export const endStates = ['done', 'failed', 'cancelled', 'interrupted'] as const;
export type JobState = (typeof openStates)[number] | (typeof endStates)[number];

/** A piece of durable work. Times in epoch milliseconds. */
export interface Job<Payload> {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly subject: string | undefined;
  /** `held`: waits for {@link JobQueue.hurry}, whatever its time. */
  readonly state: JobState;
  readonly dueAt: number;
  /** How often it was begun, this time included. */
  readonly attempts: number;
  readonly payload: Payload;
  /** What it said last about how far it is: text for people, unless its kind reads it. */
  readonly progress: string | undefined;
  /** Why it did not succeed, or not yet. */
  readonly failure: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | undefined;
  /** How it ended is known and not written yet: the disk is full. */
  readonly unwritten?: true;
}

/** How a job came to its end. `interrupted`: its process ended while it ran, and its kind does not run such jobs again. */
export type JobEnd =
  | { readonly state: 'done' | 'cancelled' | 'interrupted' }
  | { readonly state: 'failed'; readonly error: unknown };

export interface JobControl {
  /** Aborted when the job is cancelled or the companion ends; the reason does not matter to the job: it stops soon and throws. */
  readonly signal: AbortSignal;
  /** Says how far it is; the last text is kept with the job, unless the disk is full. */
  progress(text: string): void;
}

/** What is to be known about a kind of jobs. */
export interface JobKind<Payload> {
  readonly kind: string;
  /** Payloads lie in the database as JSON, also those that an older version wrote. They hold no secret. */
  readonly payload: z.ZodType<Payload>;
  readonly retry: RetryPolicy;
  /** Keys that are worked on at once; one unless told otherwise. */
  readonly concurrency?: number;
  /**
   * What becomes of a job whose process ended while it ran: it runs `again` (the default), or `ends` as interrupted, where someone has to begin it
   * anew.
   */
  readonly afterInterruption?: 'again' | 'ends';
  /** Jobs that have ended and are still listed: so many, of which the oldest go first, or the last one of each key. 100 unless told otherwise. */
  readonly history?: number | 'last-of-key';
  /**
   * Does it. A job that was begun may be begun again after a crash, also when it had done all of its work: doing it twice must come to the same as
   * doing it once.
   */
  run(job: Job<Payload>, control: JobControl): Promise<void>;
  /** What is written together with the end of a job; called inside the transaction. */
  ended?(job: Job<Payload>, end: JobEnd): void;
  /** Called after each try, once it is written; before that when an end cannot be written for now, and is told all the same. */
  tried?(): void;
}

export interface NewJob<Payload> {
  /** Jobs of one kind and key run one at a time, in the order in which they were added. */
  readonly key: string;
  /** A job about the same subject (of the same kind and key) that waits is dropped, and does not run again if it fails. */
  readonly subject?: string;
  readonly payload: Payload;
  /** Not before, in epoch milliseconds; at once unless told otherwise. */
  readonly dueAt?: number;
}

/** The jobs of one kind. */
export interface JobQueue<Payload> {
  /** Once this returns (or the transaction that it is called in has committed) the job is done, whatever happens to the process. Returns its id. */
  add(job: NewJob<Payload>): number;
  find(id: number): Job<Payload> | undefined;
  /** The newest job of a key, whether it has ended or not. */
  last(key: string): Job<Payload> | undefined;
  /** What has not ended, in the order in which it is done. */
  open(): Job<Payload>[];
  /** What has ended, the last one first. */
  ended(): Job<Payload>[];
  /** Drops a job that waits and stops one that runs. Returns false where it has ended. */
  cancel(id: number): boolean;
  /** Jobs that wait for their time or are held are due now: all of the kind, or those of one key. */
  hurry(key?: string): void;
  /** Resolves once nothing runs and nothing is due, of any kind. */
  idle(): Promise<void>;
}
