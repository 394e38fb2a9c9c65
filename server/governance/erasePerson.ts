import type { Caller } from '../contract/caller.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import { digestOfEntry, type AuditRow } from './auditChain.ts';
import type { AuditLog } from './auditLog.ts';
import { sealIn, sealOf } from './auditSeal.ts';
import { erasedAction } from './erasures.ts';

const trigger = 'audit_is_not_changed';

/** The name where it stands as a word of its own: `ann` in `/home/ann/data.csv`, not in `joanna` or `ann-marie`. */
function wordOf(person: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_-])${person.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}_-])`, 'gu');
}

function replaceIn(value: unknown, word: RegExp, by: string): unknown {
  if (typeof value === 'string') {
    return value.replace(word, by);
  }
  if (Array.isArray(value)) {
    return value.map((each) => replaceIn(each, word, by));
  }
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaceIn(each, word, by)])) : value;
}

/** The entries that name a person, without the name. What a seal holds stays as it is: digests. */
function withoutName(database: Database, person: string, by: string): AuditRow[] {
  const word = wordOf(person);
  return database
    .prepare<[], AuditRow>('SELECT * FROM audit ORDER BY sequence')
    .all()
    .flatMap((row) => {
      const detail = sealIn(row) === undefined ? canonicalJson(replaceIn(JSON.parse(row.detail), word, by)) : row.detail;
      const actor = row.actor === person ? by : row.actor;
      return detail === canonicalJson(JSON.parse(row.detail)) && actor === row.actor ? [] : [{ ...row, actor, detail }];
    });
}

/** How many entries name a person, as who did it or in their details. */
export function countNamed(database: Database, person: string): number {
  return withoutName(database, person, '').length;
}

/**
 * Takes the name of a person out of the log. The hashes stay, and with them the chain and every head that is kept elsewhere; an entry of the key vouches for
 * what the entries are without the name. The log must be intact before: what was changed in it could not be told afterwards.
 * @returns how many entries named them, and what stands in place of the name
 * @throws Problem `not-found` when no entry names them
 */
export function erasePerson(database: Database, log: AuditLog, person: string, actor: Caller): { entries: number; as: string } {
  // What is overwritten is not to be found in the free pages of the file.
  database.pragma('secure_delete = ON');
  const result = database.transaction(() => {
    const earlier = database.prepare<[string], { total: number }>('SELECT count(*) AS total FROM audit WHERE action = ?').get(erasedAction)?.total ?? 0;
    const as = `erased-${earlier + 1}`;
    const rows = withoutName(database, person, as);
    if (rows.length === 0) {
      throw new Problem('not-found', `No entry of the audit log names ${person}.`, { field: 'person', remedy: 'Write the name as the log has it: "slipway audit" shows it.' });
    }
    const guard = database.prepare<[string], { sql: string }>("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?").get(trigger);
    database.exec(`DROP TRIGGER IF EXISTS ${trigger}`);
    const update = database.prepare<AuditRow>('UPDATE audit SET actor = @actor, detail = @detail WHERE sequence = @sequence');
    rows.forEach((row) => update.run(row));
    if (guard !== undefined) {
      database.exec(guard.sql);
    }
    log.append({
      actor: actor.user === person ? { ...actor, user: as } : actor,
      action: erasedAction,
      subject: 'audit log',
      detail: { as, entries: rows.length, erased: Object.fromEntries(rows.map((row) => [row.sequence, digestOfEntry(row)])), seal: sealOf(database) },
    });
    return { entries: rows.length, as };
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  return result;
}
