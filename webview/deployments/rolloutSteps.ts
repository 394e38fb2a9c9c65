import type { JournalEntry, RolloutStep, RolloutSummary } from '../../server/contract/deployments.ts';

export interface StepWithMessage extends RolloutStep {
  /** The latest words on this step. */
  readonly message: string | undefined;
}

/**
 * The steps of a rollout, each with its latest words: the journal's, and of the step that it is at those of the rollout, which go on after
 * the journal's entry (how many requests there are by now).
 * @param journal the oldest entry first; empty while it is not there yet
 */
export function stepsOf({ steps, step: at, message }: RolloutSummary, journal: readonly JournalEntry[]): StepWithMessage[] {
  return steps.map((step) => ({ ...step, message: step.id === at && message !== '' ? message : journal.findLast((entry) => entry.step === step.id)?.message }));
}
