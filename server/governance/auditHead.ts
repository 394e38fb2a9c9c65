import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { auditHead, readHead, writeHead, type AuditHead } from '../contract/governance.ts';
import { systemErrorCode } from '../platform/errors.ts';
import { replaceFile, type DataHome } from '../platform/home.ts';

const content = z.object({ format: z.literal(1), head: z.string().transform((text) => readHead(text)).pipe(auditHead) });

/** The head that lies beside the database, or why there is none. */
export type KeptHead = AuditHead | 'missing' | 'unreadable';

/**
 * Reads the head that is kept beside the database.
 *
 * It is written after the transaction of an entry, when that is on disk, and never before: so after a crash (`kill -9`, a power cut) at any moment it
 * may lag behind the database by the entries of that moment, and never leads. A log whose newer entries are sealed by the key is one that a
 * crash overtook; one that ends before the head, or that has another entry in its place, was shortened or replaced.
 */
export function readKeptHead(home: Pick<DataHome, 'auditHead'>): KeptHead {
  try {
    return content.parse(JSON.parse(readFileSync(home.auditHead, 'utf8'))).head;
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT' ? 'missing' : 'unreadable';
  }
}

export function keepHead(home: Pick<DataHome, 'auditHead'>, head: AuditHead): void {
  replaceFile(home.auditHead, `${JSON.stringify({ format: 1, head: writeHead(head) })}\n`);
}
