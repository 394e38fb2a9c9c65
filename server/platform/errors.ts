import type { ErrorReason } from '../contract/errors.ts';

export interface ProblemDetail {
  /** The input field at fault. */
  readonly field?: string;
  /** What the user can do about it. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A failure with a reason that the caller can act on. Every deliberate error of the companion is one. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly reason: ErrorReason;
  readonly field: string | undefined;
  readonly remedy: string | undefined;

  constructor(reason: ErrorReason, message: string, detail: ProblemDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.reason = reason;
    this.field = detail.field;
    this.remedy = detail.remedy;
  }

  static is(error: unknown, reason?: ErrorReason): error is Problem {
    return error instanceof Problem && (reason === undefined || error.reason === reason);
  }
}

/** HTTP status of each reason. Nothing that would fail again in the same way answers a status that clients retry. */
export const statusOfReason: Readonly<Record<ErrorReason, number>> = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  unavailable: 424,
  'too-large': 413,
  'disk-full': 507,
  internal: 500,
};

/** The code of a system error such as `ENOENT`, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True for what SQLite says of a file that is no database, or a damaged one (https://www.sqlite.org/rescode.html). */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(systemErrorCode(error) ?? '');
}

/** Turns what was thrown into a {@link Problem}: a full disk and an unwritable folder get their own message. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    return new Problem('disk-full', 'The disk that holds the data home is full; nothing was written.', {
      remedy: 'Free some space, then try again.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'SQLITE_READONLY') {
    return new Problem('forbidden', 'The data home cannot be written.', {
      remedy: 'Check the permissions of the folder that SLIPWAY_HOME names (default ~/.slipway).',
      cause: error,
    });
  }
  if (isDamage(error)) {
    return new Problem('unavailable', `A database is damaged: ${messageOf(error)}.`, {
      remedy: 'Run "slipway doctor": it says whether it is the one of the data home, and what to do.',
      cause: error,
    });
  }
  return new Problem('internal', messageOf(error), { cause: error });
}

/** The words of what was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
