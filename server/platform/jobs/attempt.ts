import { z } from 'zod';
import { messageOf, Problem } from '../errors.ts';
import type { JobEnd, JobKind } from './job.ts';
import type { StoredJob } from './jobTable.ts';
import { judgeProblem, pauseAfter } from './retry.ts';
import { createSettling, failureOf, type RunnerParts } from './settle.ts';

/** What the runner does with the jobs of one kind, whatever their payload. */
export interface KindRunner {
  readonly kind: string;
  readonly concurrency: number;
  /** Does a begun job once and writes what came of it; resolves in every case. */
  attempt(stored: StoredJob, signal: AbortSignal): Promise<void>;
  /** Ends one that does not run. */
  cancel(stored: StoredJob): void;
  /** Decides about one that was running when its process ended; resolves once that is written. */
  recover(stored: StoredJob): Promise<void>;
}

export function createKindRunner<Payload>(definition: JobKind<Payload>, options: RunnerParts): KindRunner {
  const { database, table, log, now, random, closed } = options;
  const { kind, retry } = definition;
  const most = retry.attempts ?? Infinity;
  /** How a job is to end, from when that is known until it is settled. */
  const ending = new Map<number, JobEnd>();

  const end = (stored: StoredJob, how: JobEnd): void => {
    ending.set(stored.id, how);
    table.end(stored.id, how.state, failureOf(how));
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
  const settling = createSettling(definition, options, ending);

  return {
    kind,
    concurrency: definition.concurrency ?? 1,
    async attempt(stored, signal) {
      const progress = (text: string): void => {
        if (!closed()) {
          settling.tryWrite(() => table.progress(stored.id, text));
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
      await settling.settle(stored, signal, write);
      settling.tried();
    },
    cancel(stored) {
      try {
        database.transaction(() => end(stored, { state: 'cancelled' }))();
      } finally {
        ending.delete(stored.id);
      }
    },
    recover: (stored) =>
      settling.settle(stored, new AbortController().signal, () => {
        if (definition.afterInterruption === 'ends') {
          end(stored, { state: 'interrupted' });
        } else if (stored.attempts >= most) {
          end(stored, { state: 'failed', error: new Problem('internal', `The companion ended while it ran, ${stored.attempts} times.`) });
        } else {
          table.putBack(stored.id, now(), stored.failure, stored.attempts);
        }
      }),
  };
}
