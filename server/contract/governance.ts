import { z } from 'zod';
import { count, digest, timestamp } from './values.ts';
import { route } from './route.ts';

export const auditEntry = z.object({
  sequence: z.number().int().positive(),
  at: timestamp,
  actor: z.string(),
  /** What they asked through, such as `editor` or `mlflow client`; absent in entries of before it was told apart. */
  program: z.string().optional(),
  /** A verb phrase such as `deploy.finished` or `alias.set`. */
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  previousHash: digest,
  hash: digest,
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** How far the audit log goes: how many entries, and the hash of the last one. Kept elsewhere, it shows what was cut off or written anew. */
export const auditHead = z.object({
  count: z.number().int().nonnegative(),
  digest,
  /** How often a backup had taken the place of the database by then: it gives up the heads of before. */
  restores: z.number().int().nonnegative(),
});
export type AuditHead = z.infer<typeof auditHead>;

/** A head as one word: `42:3f9a...`, and `42:3f9a...:1` after one restore. */
export function writeHead({ count: entries, digest: hash, restores }: AuditHead): string {
  return `${entries}:${hash}${restores === 0 ? '' : `:${restores}`}`;
}

/** Reads {@link writeHead}; undefined for what is none. */
export function readHead(text: string): AuditHead | undefined {
  const [, entries, hash, restores] = /^(\d{1,15}):([0-9a-f]{64})(?::(\d{1,9}))?$/.exec(text.trim()) ?? [];
  return entries === undefined || hash === undefined ? undefined : { count: Number(entries), digest: hash, restores: Number(restores ?? 0) };
}

/** What is wrong with the log. */
const auditProblem = z.object({
  /** `changed`, `removed`, `recomputed`, `cut`, `emptied`, `replaced`, `other-key`, `head-missing` or `head-unreadable`. */
  kind: z.string(),
  message: z.string(),
  remedy: z.string(),
});
export type AuditProblem = z.infer<typeof auditProblem>;

export const auditVerification = z.object({
  /** True when nothing is wrong. */
  intact: z.boolean(),
  entries: z.number(),
  /** Hash of the last entry. */
  head: digest,
  /** How often a backup has taken the place of the database. */
  restores: z.number().default(0),
  /** The first entry that is not as it was written. */
  brokenAt: z.number().optional(),
  problems: z.array(auditProblem).default([]),
  /** What is to be known and is not wrong, such as that a backup was restored. */
  notes: z.array(z.string()).default([]),
});
export type AuditVerification = z.infer<typeof auditVerification>;

/** A name as entries have it, or as their details do. */
const personName = z.string().min(2, 'a name of one letter would be found everywhere').max(200);

export const governanceRoutes = {
  listAudit: route({
    method: 'GET',
    path: '/audit',
    summary: 'The audit log, the newest first; the oldest first where `after` is given',
    input: z.object({
      subject: z.string().optional(),
      /** Who did it. */
      actor: z.string().optional(),
      /** Epoch milliseconds: from then on, and before then. */
      from: z.coerce.number().int().optional(),
      until: z.coerce.number().int().optional(),
      before: z.coerce.number().int().optional(),
      /** Entries after this one, the oldest first: for who reads all of it. */
      after: z.coerce.number().int().nonnegative().optional(),
      limit: count.max(1000).default(100),
    }),
    output: z.object({ entries: z.array(auditEntry), total: z.number() }),
  }),
  verifyAudit: route({
    method: 'GET',
    path: '/audit/verification',
    summary: 'Check the audit log: each entry by its key, and its end by the heads that are kept outside of the database',
    input: z.object({
      /** A head that was kept elsewhere: the log must have it. */
      expect: z.string().refine((text) => readHead(text) !== undefined, 'must be a head as "slipway audit --verify" prints it: COUNT:DIGEST').optional(),
    }),
    output: auditVerification,
  }),
  previewErasure: route({
    method: 'GET',
    path: '/audit/erasures/preview',
    summary: 'How many entries of the audit log name a person',
    input: z.object({ person: personName }),
    output: z.object({ entries: z.number() }),
  }),
  erasePerson: route({
    method: 'POST',
    path: '/audit/erasures',
    summary: 'Take the name of a person out of the audit log; the chain stays, and an entry tells of it',
    input: z.object({ person: personName }),
    output: z.object({
      entries: z.number(),
      /** What stands in place of the name, such as `erased-1`. */
      as: z.string(),
    }),
    needsTrust: 'erasing a name from the audit log',
  }),
};
