import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { toProblem, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { JobEnd, JobKind } from './job.ts';
import type { JobTable, StoredJob } from './jobTable.ts';
import { pauseAfter } from './retry.ts';

/** What running jobs needs. */
export interface RunnerParts {
  readonly database: Database;
  readonly table: JobTable;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  /** True once nothing may be written any more. */
  readonly closed: () => boolean;
}

/** Why the signal of a job is aborted. */
export type Abortion = 'cancelled' | 'stopping';
const stopping: Abortion = 'stopping';

/** Writes what came of jobs. */
export interface Settling {
  /** Writes what came of a job, as soon as there is room for it. */
  settle(stored: StoredJob, signal: AbortSignal, write: () => void): Promise<void>;
  /** @returns whether it could be written */
  tryWrite(write: () => void): boolean;
  /** Lets the kind know that something came of one of its jobs. */
  tried(): void;
}

/** Why a job failed, for people. */
export function failureOf(how: JobEnd): string | undefined {
  return how.state === 'failed' ? messageOf(how.error) : undefined;
}

/** @param ending how a job is to end, from when that is known until it is settled */
export function createSettling<Payload>(definition: JobKind<Payload>, { database, table, log, now, random, closed }: RunnerParts, ending: Map<number, JobEnd>): Settling {
  const { kind, retry } = definition;
  const failureToWrite = (write: () => void): unknown => {
    try {
      database.transaction(write)();
      return undefined;
    } catch (error) {
      log.error(`what came of ${kind} cannot be written`, error);
      return error;
    }
  };
  const tryWrite = (write: () => void): boolean => failureToWrite(write) === undefined;
  const tried = (): void => {
    try {
      definition.tried?.();
    } catch (error) {
      log.error(kind, error);
    }
  };
  /** Whether the disk was full, which ends: how the job ended is told meanwhile. Whatever else is in the way, the job counts as not done. */
  const isToBeKept = ({ id }: StoredJob, error: unknown): boolean => {
    const how = ending.get(id);
    if (how === undefined || toProblem(error).reason !== 'disk-full') {
      return false;
    }
    table.tellEnd(id, how.state, failureOf(how));
    tried();
    return true;
  };
  /** Writes what came of a job, as soon as there is room for it. */
  const settle = async (stored: StoredJob, signal: AbortSignal, write: () => void): Promise<void> => {
    let next = write;
    let failure = closed() ? undefined : failureToWrite(next);
    for (let tries = 1; failure !== undefined && signal.reason !== stopping; tries += 1) {
      if (!isToBeKept(stored, failure)) {
        table.forgetTold(stored.id);
        next = () => table.putBack(stored.id, now(), stored.failure, stored.attempts);
      }
      await pause(pauseAfter(tries, retry, random()), undefined, { ref: false, ...(signal.aborted ? {} : { signal }) }).catch(() => undefined);
      failure = closed() ? undefined : failureToWrite(next);
    }
    ending.delete(stored.id);
    table.forgetTold(stored.id);
  };
  return { settle, tryWrite, tried };
}
