import type { Database } from '../database/database.ts';
import type { Feature } from '../feature.ts';
import type { Log } from '../log.ts';
import { createKindRunner, type KindRunner } from './attempt.ts';
import type { JobKind, JobQueue } from './job.ts';
import { createJobQueue } from './jobQueue.ts';
import { createJobTable, type StoredJob } from './jobTable.ts';
import type { Abortion } from './settle.ts';

/**
 * Durable work and its one runner. A feature registers what it does by kind and adds jobs, inside its own transactions where they belong to a change;
 * the runner does them when they are due, one at a time for a key, and tries again what failed. A crash at any moment is an ordinary start: what was
 * running runs again.
 */
export interface Jobs extends Feature {
  /** Before {@link start}. Jobs of a kind that nobody registers stay where they are. */
  register<Payload>(kind: JobKind<Payload>): JobQueue<Payload>;
  /** Begins with what is due. */
  start(): void;
  /** Stops what runs; it goes on with the next start. */
  stop(): Promise<void>;
}

export interface JobsOptions {
  readonly database: Database;
  readonly log: Log;
  readonly now?: () => number;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

/** Milliseconds that running jobs get to stop when the companion ends. */
const stopMilliseconds = 1500;
/** A wait is cut into such pieces: timers stand still while a machine sleeps. */
const longestWait = 10 * 60_000;
/** Milliseconds after which a job that could not be begun (a full disk) is looked at again. */
const beginAgainMilliseconds = 5000;

interface Running {
  readonly kind: string;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export function createJobs({ database, log, now = Date.now, random = Math.random }: JobsOptions): Jobs {
  const table = createJobTable(database, now);
  const kinds = new Map<string, KindRunner>();
  const running = new Map<number, Running>();
  let phase: 'new' | 'started' | 'stopping' | 'closed' = 'new';
  let idlers: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let woken: NodeJS.Immediate | undefined;

  const activeOf = (kind: string): number => [...running.values()].filter((one) => one.kind === kind).length;
  const letGo = (): void => {
    const waiting = idlers;
    idlers = [];
    waiting.forEach((resolve) => resolve());
  };
  const launch = (runner: KindRunner, next: StoredJob): void => {
    table.begin(next.id);
    const controller = new AbortController();
    const stored = { ...next, state: 'running', attempts: next.attempts + 1 } as const;
    const ended = runner.attempt(stored, controller.signal).finally(() => {
      running.delete(next.id);
      wake();
    });
    running.set(next.id, { kind: runner.kind, controller, ended });
  };
  /** Begins what is due of a kind. Returns when the next one of it is, in epoch milliseconds. */
  const beginDue = (runner: KindRunner): number => {
    while (activeOf(runner.kind) < runner.concurrency) {
      const next = table.next(runner.kind);
      if (next === undefined) {
        break;
      }
      if (next.dueAt > now()) {
        return next.dueAt;
      }
      try {
        launch(runner, next);
      } catch (error) {
        log.error(`${runner.kind} cannot be begun`, error);
        return now() + beginAgainMilliseconds;
      }
    }
    // The end of a running one looks again.
    return Infinity;
  };
  const look = (): void => {
    if (phase !== 'started') {
      return;
    }
    clearTimeout(timer);
    const earliest = Math.min(...[...kinds.values()].map(beginDue));
    if (earliest !== Infinity) {
      timer = setTimeout(look, Math.min(longestWait, Math.max(0, earliest - now()))).unref();
    }
    if (running.size === 0) {
      letGo();
    }
  };
  /** Once the transaction of the caller has ended. */
  const wake = (): void => {
    woken ??= setImmediate(() => {
      woken = undefined;
      look();
    });
  };
  const abort = (one: Running, why: Abortion): void => one.controller.abort(why);

  const cancel = (runner: KindRunner, stored: StoredJob): void => {
    const active = running.get(stored.id);
    if (active === undefined) {
      runner.cancel(stored);
      wake();
    } else {
      abort(active, 'cancelled');
    }
  };
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      if (phase !== 'started') {
        resolve();
        return;
      }
      idlers.push(resolve);
      wake();
    });

  return {
    register(definition) {
      const runner = createKindRunner(definition, { database, table, log, now, random, closed: () => phase === 'closed' });
      kinds.set(definition.kind, runner);
      return createJobQueue({ definition, table, now, wake, cancel: (stored) => cancel(runner, stored), idle });
    },
    start() {
      phase = 'started';
      for (const runner of kinds.values()) {
        table.running(runner.kind).forEach((stored) => void runner.recover(stored).then(wake));
      }
      wake();
    },
    async stop() {
      phase = 'stopping';
      clearTimeout(timer);
      const ends = [...running.values()].map((one) => one.ended);
      running.forEach((one) => abort(one, 'stopping'));
      const late = new Promise((resolve) => setTimeout(resolve, stopMilliseconds).unref());
      await Promise.race([Promise.all(ends), late]);
      phase = 'closed';
      letGo();
    },
  };
}
