import type { Job } from './job.ts';

/** How a job is told to people who know nothing of retries and interruptions. */
export interface JobOutcome {
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** What it is doing, or why it did not succeed. */
  readonly message: string;
}

/**
 * @param running what it is doing, while it runs
 * @param cancelled what is left of one that was cancelled
 */
export function outcomeOf({ state, failure, dueAt }: Pick<Job<unknown>, 'state' | 'failure' | 'dueAt'>, { running, cancelled }: { readonly running: string; readonly cancelled: string }): JobOutcome {
  switch (state) {
    case 'waiting':
    case 'held':
      return { state: 'waiting', message: failure === undefined ? 'Waiting' : `Tried again at ${new Date(dueAt).toLocaleTimeString()}: ${failure}` };
    case 'running':
      return { state: 'running', message: running };
    case 'done':
      return { state: 'succeeded', message: '' };
    case 'failed':
    case 'interrupted':
      return { state: 'failed', message: failure ?? '' };
    case 'cancelled':
      return { state: 'cancelled', message: cancelled };
  }
}
