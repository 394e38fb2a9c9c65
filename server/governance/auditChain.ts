import { createHash, createHmac } from 'node:crypto';
import type { AuditHead } from '../contract/governance.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { AuditKey } from './auditKey.ts';

/** A row of the table `audit`. */
export interface AuditRow {
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
  /** Null in entries of before the log had a key. */
  readonly key_id: string | null;
}

const genesis = '0'.repeat(64);

/** The head of a log without entries. */
export const emptyHead: AuditHead = { count: 0, digest: genesis, restores: 0 };

/**
 * The hash that an entry has to have, with its key HMAC-SHA-256 (RFC 2104). The leading zero byte keeps a leaf from being taken for an inner node, as
 * in RFC 6962. An entry without a program is hashed without it, and one without a key is a plain SHA-256, as such entries were when they were written.
 * @param key undefined for an entry without one
 */
export function hashOf(row: Omit<AuditRow, 'hash'>, key: AuditKey | undefined): string {
  const content = [row.sequence, row.at, row.actor, row.action, row.subject, row.detail, row.previous_hash, ...(row.program === null ? [] : [row.program])];
  return key === undefined
    ? createHash('sha256').update('\0').update(canonicalJson(content)).digest('hex')
    : createHmac('sha256', key.bytes).update('\0').update(canonicalJson([...content, key.id])).digest('hex');
}

function contentOf(row: AuditRow): string {
  return canonicalJson([row.sequence, row.at, row.actor, row.program, row.action, row.subject, row.detail, row.previous_hash, row.hash, row.key_id]);
}

/** The digest of one whole entry, whatever key it has. */
export function digestOfEntry(row: AuditRow): string {
  return createHash('sha256').update(contentOf(row)).digest('hex');
}

/** The digest of whole entries, whatever key they have: what an entry that seals those before it holds of them. */
export function createContentDigest(): { add(row: AuditRow): void; soFar(): string } {
  const hash = createHash('sha256');
  return {
    add: (row) => void hash.update(contentOf(row)).update('\n'),
    soFar: () => hash.copy().digest('hex'),
  };
}
