import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { JobEnd, JobKind } from './job.ts';
import type { JobTable, StoredJob } from './jobTable.ts';
import { judgeProblem, pauseAfter } from './retry.ts';

/** Why the signal of a job is aborted. */
export type Abortion = 'cancelled' | 'stopping';

/** What the runner does with the jobs of one kind, whatever their payload. */
export interface KindRunner {
  readonly kind: string;
  readonly concurrency: number;
  /** Does a begun job once and writes what came of it; resolves in every case. */
  attempt(stored: StoredJob, signal: AbortSignal): Promise<void>;
  /** Ends one that does not run. */
  cancel(stored: StoredJob): void;
  /** Decides about one that was running when its process ended. */
  recover(stored: StoredJob): void;
}

export interface KindRunnerOptions {
  readonly database: Database;
  readonly table: JobTable;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  /** True once nothing may be written any more. */
  readonly closed: () => boolean;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function createKindRunner<Payload>(definition: JobKind<Payload>, options: KindRunnerOptions): KindRunner {
  const { database, table, log, now, random, closed } = options;
  const { kind, retry } = definition;
  const most = retry.attempts ?? Infinity;

  const end = (stored: StoredJob, how: JobEnd): void => {
    table.end(stored.id, how.state, how.state === 'failed' ? messageOf(how.error) : undefined);
    if (definition.history === 'last-of-key') {
      table.trimKey(kind, stored.key);
    } else {
      table.trim(kind, definition.history ?? 100);
    }
    const payload = definition.payload.safeParse(JSON.parse(stored.payload));
    if (payload.success) {
      definition.ended?.({ ...stored, payload: payload.data }, how);
    }
  };
  const failed = (stored: StoredJob, error: unknown): void => {
    const judgement = (retry.judge ?? judgeProblem)(error);
    if (judgement === 'final' || stored.attempts >= most) {
      log.warn(`${kind} of ${stored.key} failed: ${messageOf(error)}`);
      end(stored, { state: 'failed', error });
    } else if (table.dropIfSuperseded(stored.id)) {
      return;
    } else if (judgement === 'held') {
      table.hold(stored.id, messageOf(error));
    } else {
      table.putBack(stored.id, now() + pauseAfter(stored.attempts, retry, random()), messageOf(error), stored.attempts);
    }
  };
  const aborted = (stored: StoredJob, why: unknown): void => {
    if (why === 'cancelled') {
      end(stored, { state: 'cancelled' });
    } else if (definition.afterInterruption === 'ends') {
      end(stored, { state: 'interrupted' });
    } else {
      // An orderly end of the companion is no failed attempt.
      table.putBack(stored.id, now(), stored.failure, stored.attempts - 1);
    }
  };
  const tryWrite = (write: () => void): boolean => {
    try {
      database.transaction(write)();
      return true;
    } catch (error) {
      log.error(`what came of ${kind} cannot be written`, error);
      return false;
    }
  };
  /** Where it cannot be written (a full disk) the job counts as not done, once that can be written. */
  const settle = async (stored: StoredJob, signal: AbortSignal, write: () => void): Promise<void> => {
    let written = closed() || tryWrite(write);
    for (let tries = 1; !written && !signal.aborted; tries += 1) {
      await pause(pauseAfter(tries, retry, random()), undefined, { signal, ref: false }).catch(() => undefined);
      written = closed() || tryWrite(() => table.putBack(stored.id, now(), stored.failure, stored.attempts));
    }
    try {
      definition.tried?.();
    } catch (error) {
      log.error(kind, error);
    }
  };

  return {
    kind,
    concurrency: definition.concurrency ?? 1,
    async attempt(stored, signal) {
      const progress = (text: string): void => {
        if (!closed()) {
          tryWrite(() => table.progress(stored.id, text));
        }
      };
      let write = (): void => end(stored, { state: 'done' });
      try {
        const payload = definition.payload.safeParse(JSON.parse(stored.payload));
        if (!payload.success) {
          throw new Problem('invalid-input', `What it is about cannot be read: ${z.prettifyError(payload.error)}`);
        }
        await definition.run({ ...stored, payload: payload.data }, { signal, progress });
      } catch (error) {
        write = (): void => (signal.aborted ? aborted(stored, signal.reason) : failed(stored, error));
      }
      await settle(stored, signal, write);
    },
    cancel: (stored) => database.transaction(() => end(stored, { state: 'cancelled' }))(),
    recover(stored) {
      const recovered = tryWrite(() => {
        if (definition.afterInterruption === 'ends') {
          end(stored, { state: 'interrupted' });
        } else if (stored.attempts >= most) {
          end(stored, { state: 'failed', error: new Problem('internal', `The companion ended while it ran, ${stored.attempts} times.`) });
        } else {
          table.putBack(stored.id, now(), stored.failure, stored.attempts);
        }
      });
      if (!recovered) {
        tryWrite(() => table.putBack(stored.id, now(), stored.failure, stored.attempts));
      }
    },
  };
}
