import { z } from 'zod';
import type { Database } from 'better-sqlite3';
import { readHead, writeHead, type AuditHead } from '../contract/governance.ts';
import { erasedAction } from './erasures.ts';
import { createContentDigest, emptyHead, type AuditRow } from './auditChain.ts';

/** What an entry holds that vouches for those before it, whatever their key. */
const sealOfEntry = z.object({
  entries: z.number().int().nonnegative(),
  /** Digest of the entries before it. */
  content: z.string(),
  /** The head of the log whose place this one took; what it had beyond is given up. */
  superseded: z.string().optional(),
  /** How often a backup has taken the place of the database, this time too. */
  restores: z.number().int().nonnegative().optional(),
  /** What was wrong with the entries before it then. */
  wrong: z.string().optional(),
});
export type SealOfEntry = z.infer<typeof sealOfEntry>;

/** The actions whose entries hold one. */
const sealing: ReadonlySet<string> = new Set(['audit.sealed', 'database.restored', erasedAction]);

export function sealIn({ action, detail }: AuditRow): SealOfEntry | undefined {
  if (!sealing.has(action)) {
    return undefined;
  }
  try {
    return z.object({ seal: sealOfEntry }).safeParse(JSON.parse(detail)).data?.seal;
  } catch {
    // The entry was changed, which its hash tells.
    return undefined;
  }
}

/** What an entry that is appended next has to hold to vouch for those that there are. */
export function sealOf(database: Database, { superseded, ...more }: { readonly superseded?: AuditHead | undefined; readonly restores?: number; readonly wrong?: string } = {}): SealOfEntry {
  const content = createContentDigest();
  let entries = 0;
  for (const row of database.prepare<[], AuditRow>('SELECT * FROM audit ORDER BY sequence').iterate()) {
    content.add(row);
    entries = row.sequence;
  }
  return { entries, content: content.soFar(), ...(superseded === undefined ? {} : { superseded: writeHead(superseded) }), ...more };
}

/** The head of the log that a database holds. */
export function headOf(database: Database): AuditHead {
  const last = database.prepare<[], Pick<AuditRow, 'sequence' | 'hash'>>('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1').get();
  const restored = database.prepare<[], AuditRow>("SELECT * FROM audit WHERE action = 'database.restored' ORDER BY sequence DESC LIMIT 1").get();
  return last === undefined ? emptyHead : { count: last.sequence, digest: last.hash, restores: (restored === undefined ? undefined : sealIn(restored)?.restores) ?? 0 };
}

/** Whether a head that the log does not have is one of those that a restore has given up. */
export function givesUp({ restores = 0, superseded }: SealOfEntry, head: AuditHead): boolean {
  const until = readHead(superseded ?? '');
  return head.restores < restores && (until === undefined || head.restores < until.restores || head.count <= until.count);
}
