import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { batchSchedule, timePlaceholder, type BatchSchedule } from '../../contract/batches.ts';
import { caller, type Caller } from '../../contract/caller.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { messageOf, Problem } from '../../platform/errors.ts';
import type { Job } from '../../platform/jobs/job.ts';
import { dueTime } from '../../platform/time/dueTime.ts';
import { isSchedule, isTimeZone } from '../../platform/time/schedule.ts';

/** A schedule as its waiting job keeps it: each time that it began is a job that ended, and the next one is added in the same transaction. */
const kept = batchSchedule.omit({ nextAt: true }).extend({ requestedBy: caller });
type Kept = z.infer<typeof kept>;

/** What a schedule is asked for with. */
export type AskedSchedule = Omit<Kept, 'id' | 'paused' | 'requestedBy' | 'last'>;

export interface BatchSchedulesParts {
  readonly context: Pick<CompanionContext, 'database' | 'jobs' | 'events'>;
  readonly audit: AuditLog;
  /**
   * Begins the batch of a schedule. Asked twice with the same id it begins one.
   * @throws Problem where it is refused
   */
  readonly begin: (asked: AskedSchedule, id: string, requestedBy: Caller) => Promise<unknown>;
  readonly now?: () => number;
}

export interface BatchSchedules {
  /** @throws Problem `invalid-input` for a schedule or a time zone that is none, or an output that each time would be the same */
  add(asked: AskedSchedule, requestedBy: Caller): BatchSchedule;
  list(endpoint: string | undefined): BatchSchedule[];
  pause(id: string, by: Caller): BatchSchedule;
  resume(id: string, by: Caller): BatchSchedule;
  remove(id: string, by: Caller): BatchSchedule;
  /** Whether one waits for its time: without a companion nobody begins it. */
  wanted(): boolean;
}

/** Where a paused one waits: no time that comes. */
const never = Number.MAX_SAFE_INTEGER;

/** Files that are scored again and again, as durable jobs: a crash, a restart or a time that was slept through begins no batch twice and loses no schedule. */
export function createBatchSchedules({ context: { database, jobs, events }, audit, begin, now = Date.now }: BatchSchedulesParts): BatchSchedules {
  const changed = (): void => events.publish({ topic: 'batch-schedules' });
  const wait = (payload: Kept, since: number): void => {
    queue.add({ key: payload.id, payload, dueAt: payload.paused ? never : (dueTime(payload, since, undefined) ?? never) });
  };
  const queue = jobs.register({
    kind: 'batch-schedule',
    payload: kept,
    retry: { firstMilliseconds: 5000, mostMilliseconds: 60_000, attempts: 3 },
    history: 'last-of-key',
    async run({ payload, dueAt }) {
      const out = payload.out.replaceAll(timePlaceholder, stampOf(dueAt));
      await begin({ ...payload, out }, batchOf(payload, dueAt), payload.requestedBy);
    },
    ended({ payload, dueAt }, end) {
      if (end.state === 'cancelled') {
        return;
      }
      const last = end.state === 'failed' ? { at: dueAt, failure: messageOf(end.error) } : { at: dueAt, batch: batchOf(payload, dueAt) };
      // A time that was slept through was made up for: the ones between it and now are not.
      wait({ ...payload, last }, Math.max(now(), dueAt));
      if (end.state === 'failed') {
        audit.append({ actor: payload.requestedBy, action: 'batch.not-begun', subject: payload.endpoint ?? payload.model ?? '', detail: { schedule: payload.id, reason: last.failure ?? '' } });
      }
    },
    tried: changed,
  });
  const find = (id: string): Job<Kept> => {
    // One that is being replaced while it begins a batch is there beside its successor for a moment.
    const [found] = queue.open().filter(({ payload }) => payload.id === id).sort((a, b) => b.id - a.id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no schedule ${id}.`, { field: 'id', remedy: 'List them with "slipway schedules".' });
    }
    return found;
  };
  const note = (by: Caller, action: string, { id, endpoint, model, schedule, out }: Kept): void => {
    audit.append({ actor: by, action, subject: endpoint ?? model ?? '', detail: { schedule: id, times: schedule, out } });
  };
  /** Puts another in the place of one that waits, or of one that just begins its batch, which goes on. */
  const replace = (id: string, paused: boolean, by: Caller): BatchSchedule => {
    database.transaction(() => {
      const { id: job, payload } = find(id);
      queue.cancel(job);
      wait({ ...payload, paused }, now());
      note(by, paused ? 'batch.schedule-paused' : 'batch.schedule-resumed', payload);
    })();
    changed();
    return shown(find(id));
  };

  return {
    add(asked, requestedBy) {
      requireTimes(asked);
      const payload: Kept = { ...asked, id: randomUUID().slice(0, 8), paused: false, requestedBy };
      database.transaction(() => {
        wait(payload, now());
        note(requestedBy, 'batch.scheduled', payload);
      })();
      changed();
      return shown(find(payload.id));
    },
    list: (endpoint) => queue.open().filter(({ payload }) => endpoint === undefined || payload.endpoint === endpoint).map(shown),
    pause: (id, by) => replace(id, true, by),
    resume: (id, by) => replace(id, false, by),
    remove(id, by) {
      const found = find(id);
      database.transaction(() => {
        queue.cancel(found.id);
        note(by, 'batch.schedule-removed', found.payload);
      })();
      changed();
      return shown(found);
    },
    wanted: () => queue.open().some(({ payload }) => !payload.paused),
  };
}

/** The batch that a schedule begins at one of its times. */
function batchOf({ id }: Kept, dueAt: number): string {
  return `${id}-${stampOf(dueAt)}`;
}

/** `20261201T0300`, of this machine's time. */
function stampOf(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}T${two(date.getHours())}${two(date.getMinutes())}`;
}

function requireTimes({ schedule, timeZone, out, overwrite }: AskedSchedule): void {
  if (!isSchedule(schedule)) {
    throw new Problem('invalid-input', `schedule: ${schedule} is no schedule: it has the five fields of cron, such as "0 3 * * 1" for Mondays at three.`, { field: 'schedule' });
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new Problem('invalid-input', `timeZone: there is no time zone ${timeZone}.`, { field: 'timeZone', remedy: 'Name one such as Europe/Berlin.' });
  }
  if (!overwrite && !out.includes(timePlaceholder)) {
    throw new Problem('invalid-input', `out: each time would write ${out}.`, { field: 'out', remedy: `Put ${timePlaceholder} into its name, or say that it may be replaced (--overwrite).` });
  }
}

function shown({ payload: { requestedBy, ...rest }, dueAt }: Job<Kept>): BatchSchedule {
  return { ...rest, ...(rest.paused ? {} : { nextAt: dueAt }), requestedBy: requestedBy.user };
}
