import { errorBody, type ErrorReason } from '../contract/errors.ts';
import type { UnknownText } from '../contract/unknown.ts';

/**
 * Why a call of the companion did not succeed: a reason of the contract, or that no companion answered, that its answer was not understood
 * (`mismatch`), or that the work itself failed.
 */
export type KnownFailureReason = ErrorReason | 'unreachable' | 'start-failed' | 'aborted' | 'mismatch' | 'work-failed';
/** A newer companion may have more reasons. */
export type FailureReason = KnownFailureReason | UnknownText;

/** A failed call, with the companion's own words and remedy where it gave them. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly reason: FailureReason;
  readonly field: string | undefined;
  readonly remedy: string | undefined;

  constructor(reason: FailureReason, message: string, detail: { field?: string | undefined; remedy?: string | undefined; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.reason = reason;
    this.field = detail.field;
    this.remedy = detail.remedy;
  }

  static is(error: unknown, reason?: FailureReason): error is CallFailure {
    return error instanceof CallFailure && (reason === undefined || error.reason === reason);
  }
}

/** Reads a non-2xx answer. */
export function failureOfAnswer(status: number, body: unknown): CallFailure {
  const parsed = errorBody.safeParse(body);
  if (parsed.success) {
    const { reason, message, field, remedy } = parsed.data.error;
    return new CallFailure(reason, message, { field, remedy });
  }
  return new CallFailure('internal', `The companion answered ${status} without saying why.`);
}
