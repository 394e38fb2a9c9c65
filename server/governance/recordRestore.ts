import type { Caller } from '../contract/caller.ts';
import type { AuditHead } from '../contract/governance.ts';
import { openToRead } from '../platform/database/copyDatabase.ts';
import { openDatabase } from '../platform/database/database.ts';
import type { DataHome } from '../platform/home.ts';
import { readKeptHead } from './auditHead.ts';
import { createAuditLog } from './auditLog.ts';
import { headOf, sealOf } from './auditSeal.ts';
import { ensureAuditKey } from './openAudit.ts';
import { verifyAudit } from './verifyAudit.ts';

export interface RestoredFrom {
  readonly file: string;
  readonly sha256: string;
  /** Where the database that was there is kept. */
  readonly replaced: string | undefined;
}

/**
 * Writes into a copy of a backup that it takes the place of the database of a data home: who did it, how far the log went that is given up, and what
 * is wrong with the one that comes. Nothing of the home is changed by it.
 * @returns the head that the home has to have once the copy is in place
 */
export async function recordRestore(home: DataHome, copy: string, { file, sha256, replaced }: RestoredFrom, actor: Caller): Promise<AuditHead> {
  const key = ensureAuditKey(home);
  const superseded = furthest(readKeptHead(home), headIn(home.database));
  const database = openDatabase(copy);
  try {
    const { problems } = await verifyAudit(database, key, []);
    const log = createAuditLog(database, key);
    const seal = sealOf(database, {
      superseded,
      restores: Math.max(superseded?.restores ?? 0, log.head().restores) + 1,
      ...(problems.length === 0 ? {} : { wrong: problems.map(({ message }) => message).join(' ') }),
    });
    log.append({ actor, action: 'database.restored', subject: 'data home', detail: { file, sha256, ...(replaced === undefined ? {} : { replaced }), seal } });
    return log.head();
  } finally {
    database.close();
  }
}

function furthest(kept: ReturnType<typeof readKeptHead>, own: AuditHead | undefined): AuditHead | undefined {
  const known = typeof kept === 'string' ? undefined : kept;
  return own === undefined || (known !== undefined && (known.restores > own.restores || (known.restores === own.restores && known.count > own.count))) ? known : own;
}

/** The head of a database's log; undefined where there is none that can be read. */
function headIn(file: string): AuditHead | undefined {
  try {
    const database = openToRead(file);
    try {
      return headOf(database);
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}
