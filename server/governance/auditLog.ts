import type { Caller } from '../contract/caller.ts';
import type { AuditEntry, AuditHead } from '../contract/governance.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Database } from '../platform/database/database.ts';
import { hashOf, type AuditRow } from './auditChain.ts';
import type { AuditKey } from './auditKey.ts';
import { headOf } from './auditSeal.ts';

export interface AuditRecord {
  /** Who asked for it, as the door saw them. */
  readonly actor: Caller;
  readonly action: string;
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditQuery {
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  /** Epoch milliseconds: from then on, and before then. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  readonly before?: number | undefined;
  /** Only entries after this one, and the oldest first. */
  readonly after?: number | undefined;
  /** Only entries of one of these. */
  readonly actions?: readonly string[] | undefined;
  readonly limit: number;
}

type Bound = { readonly [Name in Exclude<keyof AuditQuery, 'limit' | 'actions'>]-?: NonNullable<AuditQuery[Name]> | null } & { readonly actions: string | null; readonly limit: number };

/** The append-only record of who did what, chained and sealed by a key. Call `append` inside the transaction of the change that it records. */
export interface AuditLog {
  append(record: AuditRecord): AuditEntry;
  list(query: AuditQuery): AuditEntry[];
  count(): number;
  head(): AuditHead;
}

const pageEntries = 1000;

/** All entries of some actions, the oldest first. @param subject undefined: of any */
export function* entriesOf(audit: Pick<AuditLog, 'list'>, subject: string | undefined, actions: readonly string[]): Generator<AuditEntry> {
  for (let after = 0; ; ) {
    const entries = audit.list({ after, limit: pageEntries, subject, actions });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < pageEntries) {
      return;
    }
    after = last.sequence;
  }
}

function toEntry(row: AuditRow): AuditEntry {
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

/**
 * The log in a database.
 * @param appended called after each entry, inside of its transaction, which may still be taken back
 */
export function createAuditLog(database: Database, key: AuditKey, appended: () => void = () => undefined, now: () => number = Date.now): AuditLog {
  const insert = database.prepare<AuditRow>(
    `INSERT INTO audit (sequence, at, actor, program, action, subject, detail, previous_hash, hash, key_id)
     VALUES (@sequence, @at, @actor, @program, @action, @subject, @detail, @previous_hash, @hash, @key_id)`,
  );
  const total = database.prepare<[], { total: number }>('SELECT count(*) AS total FROM audit');
  const page = (order: 'ASC' | 'DESC') =>
    database.prepare<Bound, AuditRow>(
      `SELECT * FROM audit
       WHERE (@subject IS NULL OR subject = @subject) AND (@actor IS NULL OR actor = @actor) AND (@from IS NULL OR at >= @from) AND (@until IS NULL OR at < @until)
         AND (@before IS NULL OR sequence < @before) AND (@after IS NULL OR sequence > @after)
         AND (@actions IS NULL OR action IN (SELECT value FROM json_each(@actions)))
       ORDER BY sequence ${order} LIMIT @limit`,
    );
  const [oldestFirst, newestFirst] = [page('ASC'), page('DESC')];
  const append = database.transaction((record: AuditRecord): AuditEntry => {
    const { count, digest } = headOf(database);
    const entry = {
      sequence: count + 1,
      at: now(),
      actor: record.actor.user,
      program: record.actor.program,
      action: record.action,
      subject: record.subject,
      detail: canonicalJson(record.detail ?? {}),
      previous_hash: digest,
      key_id: key.id,
    };
    const row = { ...entry, hash: hashOf(entry, key) };
    insert.run(row);
    appended();
    return toEntry(row);
  });
  return {
    append: (record) => append(record),
    list: ({ subject = null, actor = null, from = null, until = null, before = null, after = null, actions, limit }) =>
      (after === null ? newestFirst : oldestFirst)
        .all({ subject, actor, from, until, before, after, actions: actions === undefined ? null : JSON.stringify(actions), limit })
        .map(toEntry),
    count: () => total.get()?.total ?? 0,
    head: () => headOf(database),
  };
}
