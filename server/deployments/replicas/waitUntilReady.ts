import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../../platform/errors.ts';
import type { Observation } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import { lastWords } from './lastWords.ts';
import { askAllReady } from './modelServer.ts';
import type { ReplicaRecord } from './replicaTable.ts';

export interface Waiting {
  /** The replica as it is now. */
  readonly replica: () => ReplicaRecord;
  readonly observe: () => Promise<Observation>;
  readonly targets: Targets;
  /** How long a model may take to load. */
  readonly milliseconds: number;
}

const firstPause = 20;
const longestPause = 200;

/**
 * Waits until a replica's model is loaded.
 * @throws Problem `unavailable` with the replica's last lines when it ends or takes too long
 */
export async function waitUntilReady({ replica, observe, targets, milliseconds }: Waiting, signal: AbortSignal): Promise<ReplicaRecord> {
  const deadline = Date.now() + milliseconds;
  let waited = firstPause;
  for (;;) {
    signal.throwIfAborted();
    const now = replica();
    const answer = await askAllReady(now.addresses, now.release, signal);
    if (answer.ready) {
      return now;
    }
    const seen = await observe();
    if (!seen.running) {
      throw new Problem('unavailable', `The replica ended before it was ready (${seen.detail}).${await lastWords(now, targets)}`);
    }
    if (Date.now() > deadline) {
      throw new Problem('unavailable', `The replica was not ready within ${milliseconds / 1000} s (${answer.detail}).${await lastWords(now, targets)}`);
    }
    await pause(waited, undefined, { signal });
    waited = Math.min(longestPause, waited * 1.5);
  }
}
