import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { digestOfEntry, hashOf, type AuditRow } from './auditChain.ts';
import type { AuditKey } from './auditKey.ts';

/** The action of an entry that says that a name was taken out of others. */
export const erasedAction = 'audit.erased';

/** What such an entry holds: the digests that the entries have without the name, by their sequence. */
const erasure = z.object({ erased: z.record(z.string(), z.string()) });

/** Whether an entry is as it was written, or as an erasure has left it that the key vouches for. */
export type IsAsWritten = (row: AuditRow, key: AuditKey | undefined) => boolean;

function digestsIn(detail: string): readonly (readonly [number, string])[] {
  try {
    return Object.entries(erasure.safeParse(JSON.parse(detail)).data?.erased ?? {}).map(([sequence, digest]) => [Number(sequence), digest]);
  } catch {
    return [];
  }
}

/**
 * Reads the erasures that the key vouches for, the newest first: what a later one has left counts, also of an entry that tells of an earlier one.
 * @param key undefined where it is gone: then nothing is vouched for
 */
export function readErasures(database: Database, key: AuditKey | undefined): IsAsWritten {
  const left = new Map<number, string>();
  const isAsWritten: IsAsWritten = (row, of) => hashOf(row, of) === row.hash || left.get(row.sequence) === digestOfEntry(row);
  if (key !== undefined) {
    for (const row of database.prepare<[string, string], AuditRow>('SELECT * FROM audit WHERE action = ? AND key_id = ? ORDER BY sequence DESC').iterate(erasedAction, key.id)) {
      if (isAsWritten(row, key)) {
        for (const [sequence, digest] of digestsIn(row.detail).filter(([each]) => each < row.sequence && !left.has(each))) {
          left.set(sequence, digest);
        }
      }
    }
  }
  return isAsWritten;
}
