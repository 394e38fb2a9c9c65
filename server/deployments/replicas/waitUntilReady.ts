import { setTimeout as pause } from 'node:timers/promises';
import { AllowanceNeeded } from '../../platform/allowanceNeeded.ts';
import { Problem, type ProblemDetail } from '../../platform/errors.ts';
import type { Observation } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import { lastWords, type LastWords } from './lastWords.ts';
import { askAllReady } from './modelServer.ts';
import type { ReplicaRecord } from './replicaTable.ts';

export interface Waiting {
  /** The replica as it is now. */
  readonly replica: () => ReplicaRecord;
  /** What it wants to hear. */
  readonly key: () => string | undefined;
  readonly observe: () => Promise<Observation>;
  readonly targets: Targets;
  /** Megabytes of memory that the release may take; undefined without a limit. */
  readonly memoryMegabytes: number | undefined;
  /** How long a model may take to load. */
  readonly milliseconds: number;
}

const firstPause = 20;
const longestPause = 200;

/**
 * Waits until a replica's model is loaded.
 * @throws Problem `unavailable` with the replica's last lines when it ends or takes too long; AllowanceNeeded when it ends for what a person may allow
 */
export async function waitUntilReady({ replica, key, observe, targets, memoryMegabytes, milliseconds }: Waiting, signal: AbortSignal): Promise<ReplicaRecord> {
  const deadline = Date.now() + milliseconds;
  let waited = firstPause;
  for (;;) {
    signal.throwIfAborted();
    const now = replica();
    const answer = await askAllReady(now, key(), signal);
    if (answer.ready) {
      return now;
    }
    const seen = await observe();
    if (!seen.running) {
      throw ended(`The replica ended before it was ready (${seen.detail}).`, await lastWords(now, targets), remedyFor(memoryMegabytes));
    }
    if (Date.now() > deadline) {
      throw new Problem('unavailable', `The replica was not ready within ${milliseconds / 1000} s (${answer.detail}).${(await lastWords(now, targets)).text}`);
    }
    await pause(waited, undefined, { signal });
    waited = Math.min(longestPause, waited * 1.5);
  }
}

function ended(what: string, { text, allowable }: LastWords, detail: ProblemDetail): Problem {
  return allowable.length === 0 ? new Problem('unavailable', `${what}${text}`, detail) : new AllowanceNeeded('unavailable', `${what}${text}`, allowable);
}

/** A process that is refused memory ends in whatever way its libraries choose; none says that a limit was the reason. */
function remedyFor(memoryMegabytes: number | undefined): { remedy?: string } {
  return memoryMegabytes === undefined ? {} : { remedy: `It may take ${memoryMegabytes} megabytes of memory: deploy it with more, --memory ${memoryMegabytes * 2}, or raise the setting replicaMemoryMegabytes, if the model needs more.` };
}
