import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { endStates, openStates, type Job, type JobEnd, type JobState } from './job.ts';

/** A job as it lies in the database: the payload is JSON text. */
export type StoredJob = Job<string>;

export interface JobTable {
  add(job: { readonly kind: string; readonly key: string; readonly subject: string | undefined; readonly payload: string; readonly dueAt: number }): number;
  find(id: number): StoredJob | undefined;
  last(kind: string, key: string): StoredJob | undefined;
  open(kind: string): StoredJob[];
  ended(kind: string): StoredJob[];
  /** The first job of each key that has none running or held, the one that is due first before the others. */
  next(kind: string): StoredJob | undefined;
  /** What was running when the last process ended. */
  running(kind: string): StoredJob[];
  begin(id: number): void;
  progress(id: number, text: string): void;
  /** Not done: waits until it is due again. */
  putBack(id: number, dueAt: number, failure: string | undefined, attempts: number): void;
  hold(id: number, failure: string): void;
  /** Forgets it if a newer one about its subject waits. */
  dropIfSuperseded(id: number): boolean;
  end(id: number, state: JobEnd['state'], failure: string | undefined): void;
  /** Tells how a job ended, of which the disk takes nothing, to whoever reads it here. */
  tellEnd(id: number, state: JobEnd['state'], failure: string | undefined): void;
  /** What was told is written, or does not hold any more. */
  forgetTold(id: number): void;
  hurry(kind: string, key: string | undefined): void;
  /** Keeps the last ones of those that have ended. */
  trim(kind: string, keep: number): void;
  /** Keeps the last job of a key alone. */
  trimKey(kind: string, key: string): void;
}

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly subject: string | null;
  readonly state: string;
  readonly due_at: number;
  readonly attempts: number;
  readonly payload: string;
  readonly progress: string | null;
  readonly failure: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly ended_at: number | null;
}

const state: z.ZodType<JobState> = z.enum([...openStates, ...endStates]);

function toJob(row: Row): StoredJob {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    subject: row.subject ?? undefined,
    state: state.parse(row.state),
    dueAt: row.due_at,
    attempts: row.attempts,
    payload: row.payload,
    progress: row.progress ?? undefined,
    failure: row.failure ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at ?? undefined,
  };
}

export function createJobTable(database: Database, now: () => number): JobTable {
  const told = new Map<number, Pick<StoredJob, 'state' | 'failure' | 'endedAt' | 'unwritten'>>();
  const read = (row: Row): StoredJob => ({ ...toJob(row), ...told.get(row.id) });
  const one = database.prepare<[number], Row>('SELECT * FROM jobs WHERE id = ?');
  const last = database.prepare<[string, string], Row>('SELECT * FROM jobs WHERE kind = ? AND key = ? ORDER BY id DESC LIMIT 1');
  const open = database.prepare<[string], Row>('SELECT * FROM jobs WHERE kind = ? AND ended_at IS NULL ORDER BY id');
  const ended = database.prepare<[string], Row>('SELECT * FROM jobs WHERE kind = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC');
  const next = database.prepare<[string], Row>(
    `SELECT * FROM jobs WHERE id IN (SELECT min(id) FROM jobs WHERE kind = ? AND ended_at IS NULL GROUP BY key) AND state = 'waiting'
     ORDER BY due_at, id LIMIT 1`,
  );
  const insert = database.prepare<[string, string, string | null, number, string, number, number]>(
    `INSERT INTO jobs (kind, key, subject, state, due_at, payload, created_at, updated_at) VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?)`,
  );
  const drop = database.prepare<[string, string, string]>(
    `DELETE FROM jobs WHERE kind = ? AND key = ? AND subject = ? AND ended_at IS NULL AND state <> 'running'`,
  );
  const begin = database.prepare<[number, number]>(`UPDATE jobs SET state = 'running', attempts = attempts + 1, updated_at = ? WHERE id = ?`);
  const progress = database.prepare<[string, number, number]>('UPDATE jobs SET progress = ?, updated_at = ? WHERE id = ?');
  const putBack = database.prepare<[number, string | null, number, number, number]>(
    `UPDATE jobs SET state = 'waiting', due_at = ?, failure = ?, attempts = ?, updated_at = ? WHERE id = ?`,
  );
  const hold = database.prepare<[string, number, number]>(`UPDATE jobs SET state = 'held', failure = ?, updated_at = ? WHERE id = ?`);
  const dropSuperseded = database.prepare<[number]>(
    `DELETE FROM jobs WHERE id = ? AND EXISTS (SELECT 1 FROM jobs newer WHERE newer.kind = jobs.kind AND newer.key = jobs.key
     AND newer.subject = jobs.subject AND newer.id > jobs.id AND newer.ended_at IS NULL)`,
  );
  const end = database.prepare<[string, string | null, number, number, number]>('UPDATE jobs SET state = ?, failure = ?, updated_at = ?, ended_at = ? WHERE id = ?');
  const hurry = database.prepare<{ kind: string; key: string | null; now: number }>(
    `UPDATE jobs SET state = 'waiting', due_at = min(due_at, @now) WHERE kind = @kind AND (@key IS NULL OR key = @key) AND ended_at IS NULL AND state <> 'running'`,
  );
  const trim = database.prepare<[string, string, number]>(
    `DELETE FROM jobs WHERE kind = ? AND ended_at IS NOT NULL AND id NOT IN
     (SELECT id FROM jobs WHERE kind = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?)`,
  );
  const trimKey = database.prepare<{ kind: string; key: string }>(
    `DELETE FROM jobs WHERE kind = @kind AND key = @key AND ended_at IS NOT NULL AND id < (SELECT max(id) FROM jobs WHERE kind = @kind AND key = @key)`,
  );
  const add = database.transaction((kind: string, key: string, subject: string | undefined, payload: string, dueAt: number): number => {
    if (subject !== undefined) {
      drop.run(kind, key, subject);
    }
    const at = now();
    return Number(insert.run(kind, key, subject ?? null, dueAt, payload, at, at).lastInsertRowid);
  });

  return {
    add: ({ kind, key, subject, payload, dueAt }) => add(kind, key, subject, payload, dueAt),
    find(id) {
      const row = one.get(id);
      return row === undefined ? undefined : read(row);
    },
    last(kind, key) {
      const row = last.get(kind, key);
      return row === undefined ? undefined : read(row);
    },
    open: (kind) => open.all(kind).filter(({ id }) => !told.has(id)).map(toJob),
    ended: (kind) => [...open.all(kind).filter(({ id }) => told.has(id)), ...ended.all(kind)].map(read),
    next(kind) {
      const row = next.get(kind);
      return row === undefined ? undefined : toJob(row);
    },
    running: (kind) => open.all(kind).filter((row) => row.state === 'running').map(toJob),
    begin: (id) => void begin.run(now(), id),
    progress: (id, text) => void progress.run(text, now(), id),
    putBack: (id, dueAt, failure, attempts) => void putBack.run(dueAt, failure ?? null, attempts, now(), id),
    hold: (id, failure) => void hold.run(failure, now(), id),
    dropIfSuperseded: (id) => dropSuperseded.run(id).changes > 0,
    end: (id, how, failure) => void end.run(how, failure ?? null, now(), now(), id),
    tellEnd: (id, how, failure) => void told.set(id, { state: how, failure, endedAt: now(), unwritten: true }),
    forgetTold: (id) => void told.delete(id),
    hurry: (kind, key) => void hurry.run({ kind, key: key ?? null, now: now() }),
    trim: (kind, keep) => void trim.run(kind, kind, keep),
    trimKey: (kind, key) => void trimKey.run({ kind, key }),
  };
}
