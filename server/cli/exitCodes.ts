import { CallFailure, type KnownFailureReason } from '../client/callFailure.ts';
import { lookUp } from '../contract/unknown.ts';

/** What `slipway` ends with; its help lists them. */
export const exitCodes = {
  success: 0,
  /** The work was done and failed, such as a rollout that did not pass its smoke test. */
  failed: 1,
  usage: 2,
  notFound: 3,
  /** The state forbids it: a rollout runs already, nothing to roll back to. */
  refused: 4,
  /** The companion, the Docker engine, a Python, the disk or another part cannot do its share. */
  unavailable: 5,
  cancelled: 130,
} as const;

const byReason: Readonly<Partial<Record<KnownFailureReason, number>>> = {
  'invalid-input': exitCodes.usage,
  'not-found': exitCodes.notFound,
  'already-exists': exitCodes.refused,
  conflict: exitCodes.refused,
  forbidden: exitCodes.refused,
  unauthenticated: exitCodes.refused,
  'too-large': exitCodes.refused,
  'disk-full': exitCodes.unavailable,
  unavailable: exitCodes.unavailable,
  unreachable: exitCodes.unavailable,
  'start-failed': exitCodes.unavailable,
  mismatch: exitCodes.unavailable,
  aborted: exitCodes.cancelled,
};

export function exitCodeOf(error: unknown): number {
  return CallFailure.is(error) ? (lookUp(byReason, error.reason) ?? exitCodes.failed) : exitCodes.failed;
}
