import { Problem } from '../errors.ts';

/** `again` after a pause; `held` until someone says so; `final`: it would fail in the same way. */
export type Judgement = 'again' | 'held' | 'final';

export interface RetryPolicy {
  /** Pause after the first failure; it doubles with each further one. */
  readonly firstMilliseconds: number;
  readonly mostMilliseconds: number;
  /** How often a job is begun at most; without end unless told otherwise. */
  readonly attempts?: number;
  /** {@link judgeProblem} unless told otherwise. */
  readonly judge?: (error: unknown) => Judgement;
}

/** What was asked for cannot be done; what the world was in the way of is tried again. */
export function judgeProblem(error: unknown): Judgement {
  if (!Problem.is(error)) {
    return 'again';
  }
  return error.reason === 'unavailable' || error.reason === 'disk-full' || error.reason === 'internal' ? 'again' : 'final';
}

/** Share of a pause by which it may be shorter, so that what failed together is not tried again together. */
const jitter = 0.25;

/**
 * Milliseconds to wait after a number of failures (1 after the first): exponential, never longer than the policy's most.
 * @param random a number in [0, 1)
 */
export function pauseAfter(failures: number, { firstMilliseconds, mostMilliseconds }: RetryPolicy, random: number): number {
  const full = Math.min(mostMilliseconds, firstMilliseconds * 2 ** (failures - 1));
  return Math.round(full * (1 - jitter * random));
}
