import type { Rollout, RolloutStep, Strategy } from '../../contract/deployments.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import { startReplica } from './steps/startReplica.ts';
import type { Step } from './steps/step.ts';
import { steps } from './steps/steps.ts';

/** What a rollout that succeeded is at. */
export const done = 'done';

/** The step that a new rollout begins with. */
export const firstStep = steps[0]?.id ?? done;

/** Undefined for the end, and for a step of another version of Slipway. */
export function stepOf(id: string): Step | undefined {
  return steps.find((step) => step.id === id);
}

/** A step's name for people; its id where only another version of Slipway knows it. */
export function labelOf(id: string): string {
  return stepOf(id)?.label ?? (id === done ? 'Done' : id);
}

function stepsTaken(strategy: Strategy, beside: boolean): Step[] {
  return steps.filter(({ taken }) => taken?.(strategy, beside) ?? true);
}

/** The steps that a rollout would take, in their order. @param beside another release is live and shares the traffic */
export function plannedSteps(strategy: Strategy, beside: boolean): readonly Pick<Step, 'id' | 'label'>[] {
  return stepsTaken(strategy, beside);
}

/**
 * The step after one that finished.
 * @param beside another release is live and shares the traffic
 */
export function nextStep(id: string, strategy: Strategy, beside: boolean): string {
  const place = steps.findIndex((step) => step.id === id);
  return stepsTaken(strategy, beside).find((step) => steps.indexOf(step) > place)?.id ?? done;
}

type At = Pick<RolloutRecord, 'step' | 'weight'>;

/** Whether the new release has taken over: failing and cancelling are no longer possible, only rolling back is. */
export function hasSwitched({ step, weight }: At): boolean {
  return !(stepOf(step)?.cancellable ?? weight < 100);
}

/** Whether someone can let the rollout go on, or give the new release all the traffic. */
export function isPromotable({ state, step }: Pick<RolloutRecord, 'state' | 'step'>): boolean {
  return state === 'held' || (state === 'running' && stepOf(step)?.promotable === true);
}

/**
 * Where a rollout goes on after a restart. When its new replica is found dead although nobody saw it die, as after a restart of the
 * machine, it is started again. A step that this version does not have is left behind: the one after the last that finished comes next.
 * @param finished ids of the steps that the journal says have finished, in their order
 */
export function resumeStep({ step: id, strategy }: Pick<RolloutRecord, 'step' | 'strategy'>, finished: readonly string[], replicaRuns: boolean): string {
  const last = finished.findLast((one) => stepOf(one) !== undefined);
  const known = stepOf(id) !== undefined || id === done ? id : last === undefined ? firstStep : nextStep(last, strategy, true);
  return stepOf(known)?.needsReplica === true && !replicaRuns ? startReplica.id : known;
}

/** How far a rollout is, as clients see it. */
export function progressOf(rollout: RolloutRecord): Pick<Rollout, 'steps' | 'stepLabel' | 'progress'> {
  const beside = rollout.from !== undefined && rollout.from.release !== rollout.to;
  const taken: readonly Pick<Step, 'id' | 'label' | 'share' | 'fraction'>[] = stepsTaken(rollout.strategy, beside);
  const ended = rollout.step === done || rollout.state === 'succeeded';
  // A step of another version of Slipway, or one that this rollout was not expected to take, comes after those that are known.
  const all = ended || taken.some(({ id }) => id === rollout.step) ? taken : [...taken, { id: rollout.step, label: labelOf(rollout.step), share: 0 }];
  const at = ended ? all.length : all.findIndex(({ id }) => id === rollout.step);
  const total = all.reduce((sum, { share }) => sum + share, 0);
  const behind = all.slice(0, at).reduce((sum, { share }) => sum + share, 0);
  const current = all[at];
  const within = current === undefined ? 0 : current.share * (current.fraction?.(rollout) ?? 0);
  return {
    steps: all.map(({ id, label, share }, place) => ({ id, label, share: (100 * share) / total, state: stepState(rollout.state, place, at) })),
    stepLabel: labelOf(rollout.step),
    progress: Math.round((100 * (behind + within)) / total),
  };
}

function stepState(state: Rollout['state'], place: number, at: number): RolloutStep['state'] {
  if (place !== at) {
    return place < at ? 'done' : 'waiting';
  }
  switch (state) {
    case 'failed':
    case 'cancelled':
      return 'failed';
    case 'held':
      return 'held';
    default:
      return 'current';
  }
}
