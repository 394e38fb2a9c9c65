import type { Rollout, RolloutStep } from '../../server/contract/deployments.ts';

export interface StepWithMessage extends RolloutStep {
  /** The journal's latest words on this step. */
  readonly message: string | undefined;
}

/** The steps of a rollout, each with its latest words. */
export function stepsOf({ steps, journal }: Rollout): StepWithMessage[] {
  return steps.map((step) => ({ ...step, message: journal.findLast((entry) => entry.step === step.id)?.message }));
}
