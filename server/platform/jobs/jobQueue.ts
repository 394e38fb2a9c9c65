import type { Job, JobKind, JobQueue } from './job.ts';
import type { JobTable, StoredJob } from './jobTable.ts';

export interface JobQueueOptions<Payload> {
  readonly definition: JobKind<Payload>;
  readonly table: JobTable;
  readonly now: () => number;
  /** Something may be due. */
  readonly wake: () => void;
  /** Drops a job that has not ended, or stops it. */
  readonly cancel: (stored: StoredJob) => void;
  readonly idle: () => Promise<void>;
}

export function createJobQueue<Payload>({ definition, table, now, wake, cancel, idle }: JobQueueOptions<Payload>): JobQueue<Payload> {
  const { kind } = definition;
  /** Without those of another version whose payload cannot be read. */
  const read = (stored: StoredJob): Job<Payload>[] => {
    const payload = definition.payload.safeParse(JSON.parse(stored.payload));
    return payload.success ? [{ ...stored, payload: payload.data }] : [];
  };
  return {
    add({ key, subject, payload, dueAt = now() }) {
      const id = table.add({ kind, key, subject, payload: JSON.stringify(payload), dueAt });
      wake();
      return id;
    },
    find(id) {
      const stored = table.find(id);
      return stored?.kind === kind ? read(stored)[0] : undefined;
    },
    last(key) {
      const stored = table.last(kind, key);
      return stored === undefined ? undefined : read(stored)[0];
    },
    open: () => table.open(kind).flatMap(read),
    ended: () => table.ended(kind).flatMap(read),
    cancel(id) {
      const stored = table.find(id);
      if (stored?.kind !== kind || stored.endedAt !== undefined) {
        return false;
      }
      cancel(stored);
      return true;
    },
    hurry(key) {
      table.hurry(kind, key);
      wake();
    },
    idle,
  };
}
