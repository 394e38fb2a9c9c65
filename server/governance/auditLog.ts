import { createHash } from 'node:crypto';
import type { Caller } from '../contract/caller.ts';
import type { AuditEntry } from '../contract/governance.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Database } from '../platform/database/database.ts';

export interface AuditRecord {
  /** Who asked for it, as the door saw them. */
  readonly actor: Caller;
  readonly action: string;
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditQuery {
  readonly subject?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface AuditVerification {
  readonly intact: boolean;
  readonly entries: number;
  readonly head: string;
  readonly brokenAt?: number;
}

/** The append-only, hash-chained record of who did what. Call `append` inside the transaction of the change that it records. */
export interface AuditLog {
  append(record: AuditRecord): AuditEntry;
  list(query: AuditQuery): AuditEntry[];
  count(): number;
  /** Recomputes the chain from the first entry. */
  verify(): AuditVerification;
}

interface Row {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  /** Null in entries of before programs were told apart. */
  readonly program: string | null;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly previous_hash: string;
  readonly hash: string;
}

const genesis = '0'.repeat(64);

/**
 * Leaf hash as in RFC 6962: the leading zero byte keeps a leaf from being taken for an inner node. An entry without a program is hashed
 * without it, as such entries were when they were written.
 */
function hashOf(entry: Omit<Row, 'hash'>): string {
  const content = canonicalJson([entry.sequence, entry.at, entry.actor, entry.action, entry.subject, entry.detail, entry.previous_hash, ...(entry.program === null ? [] : [entry.program])]);
  return createHash('sha256').update('\0').update(content).digest('hex');
}

function toEntry(row: Row): AuditEntry {
  return {
    sequence: row.sequence,
    at: row.at,
    actor: row.actor,
    ...(row.program === null ? {} : { program: row.program }),
    action: row.action,
    subject: row.subject,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

export function createAuditLog(database: Database, now: () => number = Date.now): AuditLog {
  const last = database.prepare<[], Pick<Row, 'sequence' | 'hash'>>('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1');
  const insert = database.prepare<Row>(
    `INSERT INTO audit (sequence, at, actor, program, action, subject, detail, previous_hash, hash)
     VALUES (@sequence, @at, @actor, @program, @action, @subject, @detail, @previous_hash, @hash)`,
  );
  const total = database.prepare<[], { total: number }>('SELECT count(*) AS total FROM audit');
  const all = database.prepare<[], Row>('SELECT * FROM audit ORDER BY sequence');
  const page = database.prepare<{ subject: string | null; before: number | null; limit: number }, Row>(
    `SELECT * FROM audit
     WHERE (@subject IS NULL OR subject = @subject) AND (@before IS NULL OR sequence < @before)
     ORDER BY sequence DESC LIMIT @limit`,
  );
  const append = database.transaction((record: AuditRecord): AuditEntry => {
    const previous = last.get();
    const entry = {
      sequence: (previous?.sequence ?? 0) + 1,
      at: now(),
      actor: record.actor.user,
      program: record.actor.program,
      action: record.action,
      subject: record.subject,
      detail: canonicalJson(record.detail ?? {}),
      previous_hash: previous?.hash ?? genesis,
    };
    const row = { ...entry, hash: hashOf(entry) };
    insert.run(row);
    return toEntry(row);
  });
  return {
    append: (record) => append(record),
    list: ({ subject, before, limit }) => page.all({ subject: subject ?? null, before: before ?? null, limit }).map(toEntry),
    count: () => total.get()?.total ?? 0,
    verify() {
      let head = genesis;
      let entries = 0;
      for (const row of all.iterate()) {
        if (row.sequence !== entries + 1 || row.previous_hash !== head || hashOf(row) !== row.hash) {
          return { intact: false, entries, head, brokenAt: row.sequence };
        }
        head = row.hash;
        entries += 1;
      }
      return { intact: true, entries, head };
    },
  };
}
