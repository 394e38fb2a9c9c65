import { z } from 'zod';
import { count, digest, empty, timestamp } from './values.ts';
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

export const governanceRoutes = {
  listAudit: route({
    method: 'GET',
    path: '/audit',
    summary: 'The audit log, the newest first',
    input: z.object({ subject: z.string().optional(), before: z.coerce.number().int().optional(), limit: count.max(1000).default(100) }),
    output: z.object({ entries: z.array(auditEntry), total: z.number() }),
  }),
  verifyAudit: route({
    method: 'GET',
    path: '/audit/verification',
    summary: 'Recompute the hash chain',
    input: empty,
    output: z.object({ intact: z.boolean(), entries: z.number(), head: digest, brokenAt: z.number().optional() }),
  }),
};
