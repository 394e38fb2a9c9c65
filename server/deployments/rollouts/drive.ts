import { allowableOf } from '../../platform/allowanceNeeded.ts';
import { toProblem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { EndpointLoop, EndpointLoops } from '../endpoints/endpointLoops.ts';
import type { Outcome } from './outcome.ts';
import type { Outcomes } from './outcomes.ts';
import { createProgressWriter } from './progressWriter.ts';
import { stepOf } from './progression.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import type { RolloutParts } from './steps/step.ts';

export interface DriveDependencies {
  readonly parts: RolloutParts;
  readonly outcomes: Outcomes;
  readonly loops: EndpointLoops;
  readonly log: Log;
  /** Called with the rollout as it is after each change that clients can see. */
  readonly rolloutChanged: (rollout: RolloutRecord) => void;
}

/** Makes what runs the step that a rollout is at, beside the passes of its endpoint; the next pass goes on from its outcome. */
export function createDrive({ parts, outcomes, loops, log, rolloutChanged }: DriveDependencies): (rollout: RolloutRecord) => void {
  const { rollouts, traffic } = parts;

  const run = async (rollout: RolloutRecord, signal: AbortSignal): Promise<Outcome> => {
    const step = stepOf(rollout.step);
    if (step === undefined) {
      return { kind: 'settled', message: rollout.message };
    }
    const progress = createProgressWriter(rollouts, rollout, rolloutChanged);
    try {
      return await step.run(rollout, parts, progress, signal);
    } catch (error) {
      const { message, remedy, reason, cause } = toProblem(error);
      if (reason === 'internal' && !signal.aborted) {
        log.error(`rollout ${rollout.id} at ${rollout.step}`, cause ?? error);
      }
      return { kind: 'failed', message: remedy === undefined ? message : `${message} ${remedy}`, allowable: allowableOf(error) };
    }
  };

  const write = ({ id, step }: RolloutRecord, outcome: Outcome): boolean => {
    try {
      return outcomes.write(id, step, outcome);
    } catch (error) {
      log.error(`rollout ${id} at ${step}`, error);
      return outcomes.write(id, step, { kind: 'failed', message: toProblem(error).message });
    }
  };

  const goOn = async (loop: EndpointLoop, { id, endpoint }: RolloutRecord, outcome: Outcome, changed: boolean): Promise<void> => {
    const now = rollouts.get(id);
    // Someone may have promoted while the step found that it has to hold.
    loop.rolloutDue = outcome.kind === 'hold' && now?.promoted === true ? 0 : dueOf(outcome);
    if (loop.rolloutDue > Date.now()) {
      loops.wakeIn(endpoint, loop.rolloutDue - Date.now());
    }
    if (changed && now !== undefined) {
      rolloutChanged(now);
      await traffic.publish();
    }
  };

  return (rollout) => {
    const loop = loops.of(rollout.endpoint);
    if (loop.rollout !== undefined || Date.now() < loop.rolloutDue) {
      return;
    }
    const work = loops.begin(
      rollout.endpoint,
      async (signal) => {
        const outcome = await run(rollout, signal);
        if (!signal.aborted) {
          await loops.inTurn(rollout.endpoint, () => goOn(loop, rollout, outcome, write(rollout, outcome)));
        }
      },
      () => {
        loop.rollout = undefined;
      },
    );
    loop.rollout = { ...work, id: rollout.id };
  };
}

function dueOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'wait':
      return Date.now() + outcome.milliseconds;
    case 'hold':
      return outcome.milliseconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + outcome.milliseconds;
    default:
      return 0;
  }
}
