import type { Allowance } from '../contract/allowances.ts';
import { Problem, type ProblemDetail } from './errors.ts';
import type { ErrorReason } from '../contract/errors.ts';

/** A refusal that a person may overrule who has seen all that it names. */
export class AllowanceNeeded extends Problem {
  /** What has to be allowed; at least one. */
  readonly allowable: readonly Allowance[];

  constructor(reason: ErrorReason, message: string, allowable: readonly Allowance[], detail: ProblemDetail = {}) {
    super(reason, message, detail);
    this.allowable = allowable;
  }
}

/** What would have to be allowed so that a failure does not come again; nothing where that is no question of a yes. */
export function allowableOf(error: unknown): readonly Allowance[] {
  return error instanceof AllowanceNeeded ? error.allowable : [];
}
