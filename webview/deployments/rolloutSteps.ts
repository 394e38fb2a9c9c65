import type { JournalEntry, RolloutStep, RolloutSummary } from '../../server/contract/deployments.ts';

export interface StepWithMessage extends RolloutStep {
  /** The journal's latest words on this step. */
  readonly message: string | undefined;
}

/**
 * The steps of a rollout, each with its latest words.
 * @param journal the oldest entry first; empty while it is not there yet
 */
export function stepsOf({ steps }: RolloutSummary, journal: readonly JournalEntry[]): StepWithMessage[] {
  return steps.map((step) => ({ ...step, message: journal.findLast((entry) => entry.step === step.id)?.message }));
}
