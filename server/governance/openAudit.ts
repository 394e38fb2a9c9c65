import type { AuditHead } from '../contract/governance.ts';
import { localCaller } from '../platform/caller.ts';
import type { Database } from '../platform/database/database.ts';
import { messageOf, systemErrorCode } from '../platform/errors.ts';
import { flushFile } from '../platform/files/flush.ts';
import type { DataHome } from '../platform/home.ts';
import { emptyHead, hashOf, type AuditRow } from './auditChain.ts';
import { keepHead, readKeptHead } from './auditHead.ts';
import { createAuditKey, readAuditKey, type AuditKey } from './auditKey.ts';
import { givesUp, sealIn, sealOf } from './auditSeal.ts';
import { createAuditLog, type AuditLog } from './auditLog.ts';
import { readErasures } from './erasures.ts';

type Homes = Pick<DataHome, 'auditHead' | 'secrets' | 'database'>;

export interface OpenAuditOptions {
  /** Gets each head that was kept. */
  readonly kept?: (head: AuditHead) => void;
  readonly warn?: (text: string) => void;
}

export interface OpenAudit {
  readonly log: AuditLog;
  /** Brings the head up at once; after an entry that happens by itself, a moment later. */
  keepHead(): void;
}

/** The key of a data home, made where there is none yet. A home without a key that has no head either is one of before both, or a new one. */
export function ensureAuditKey(home: Homes): AuditKey {
  const key = readAuditKey(home);
  if (key !== undefined) {
    return key;
  }
  if (readKeptHead(home) === 'missing') {
    // Before the key: a home that has a key and no head is one that somebody took the head from.
    keepHead(home, emptyHead);
  }
  return createAuditKey(home);
}

/**
 * The audit log of a data home over its database, with its key and its head. Entries of before the log had a key, and those of a key that is gone, are
 * sealed by an entry when this is first opened.
 * @throws Problem `conflict` when the key cannot be read
 */
export function openAudit(home: Homes, database: Database, options: OpenAuditOptions = {}): OpenAudit {
  const key = ensureAuditKey(home);
  let due = false;
  const log = createAuditLog(database, key, () => {
    if (!due) {
      due = true;
      // Transactions are synchronous: by then this one is over, and no answer has been sent.
      queueMicrotask(keep);
    }
  });
  const keep = (): void => {
    due = false;
    try {
      const head = bringHeadUp(home, database, key, log);
      if (head !== undefined) {
        options.kept?.(head);
      }
    } catch (error) {
      // The disk is full, say: the head lags behind until the next entry.
      options.warn?.(`the head of the audit log is not written: ${messageOf(error)}`);
    }
  };
  sealWhatIsOfNoKey(database, key, log);
  keep();
  return { log, keepHead: keep };
}

function sealWhatIsOfNoKey(database: Database, key: AuditKey, log: AuditLog): void {
  database.transaction(() => {
    const { own, total } = database.prepare<[string], { own: number; total: number }>('SELECT count(*) FILTER (WHERE key_id = ?) AS own, count(*) AS total FROM audit').get(key.id) ?? { own: 0, total: 0 };
    if (own === 0 && total > 0) {
      log.append({ actor: localCaller('other'), action: 'audit.sealed', subject: 'audit log', detail: { seal: sealOf(database, brokenPlainChain(database)) } });
    }
  })();
}

/** Checks once the chain of entries without a key: from then on the seal vouches for them. */
function brokenPlainChain(database: Database): { wrong?: string } {
  let previous = emptyHead.digest;
  for (const row of database.prepare<[], AuditRow>('SELECT * FROM audit WHERE key_id IS NULL ORDER BY sequence').iterate()) {
    if (row.previous_hash !== previous || hashOf(row, undefined) !== row.hash) {
      return { wrong: `entry ${row.sequence} was not as it was written.` };
    }
    previous = row.hash;
  }
  return {};
}

/**
 * Brings the head beside the database up to the last entry, when the log has the head that lies there and the key has sealed what came after, or when
 * an entry says that a backup took the place of that log. Otherwise it stays, as evidence.
 * @returns the head when it was written
 */
function bringHeadUp(home: Homes, database: Database, key: AuditKey, log: AuditLog): AuditHead | undefined {
  const kept = readKeptHead(home);
  const head = log.head();
  if (typeof kept === 'string' || (kept.count === head.count && kept.digest === head.digest)) {
    return undefined;
  }
  const digestOf = database.prepare<[number], { hash: string }>('SELECT hash FROM audit WHERE sequence = ?');
  const goesOn = kept.count === 0 || digestOf.get(kept.count)?.hash === kept.digest;
  if (!(goesOn ? isSealed(database, key, kept) : isGivenUp(database, key, kept))) {
    return undefined;
  }
  writeThrough(home, head);
  return head;
}

/** Puts a head in place whatever lies there. */
export function replaceHead(home: Homes, head: AuditHead): void {
  writeThrough(home, head);
}

/** What the transaction wrote is on disk first: a power cut may take back what is only in the system's memory, and the head never leads. */
function writeThrough(home: Homes, head: AuditHead): void {
  try {
    flushFile(`${home.database}-wal`);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw error;
    }
  }
  keepHead(home, head);
}

function isSealed(database: Database, key: AuditKey, { count, digest }: AuditHead): boolean {
  const isAsWritten = readErasures(database, key);
  let previous = digest;
  let keyed = false;
  for (const row of database.prepare<[number], AuditRow>('SELECT * FROM audit WHERE sequence > ? ORDER BY sequence').iterate(count)) {
    const own = row.key_id === key.id;
    keyed ||= own;
    if (row.previous_hash !== previous || (own && !isAsWritten(row, key)) || (keyed && !own)) {
      return false;
    }
    previous = row.hash;
  }
  return true;
}

function isGivenUp(database: Database, key: AuditKey, kept: AuditHead): boolean {
  const own = database.prepare<[string], AuditRow>("SELECT * FROM audit WHERE action = 'database.restored' AND key_id = ?").all(key.id);
  const isAsWritten = readErasures(database, key);
  return own.some((row) => {
    const seal = sealIn(row);
    return seal !== undefined && isAsWritten(row, key) && givesUp(seal, kept);
  });
}
