import { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import { governanceRoutes } from '../contract/governance.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { createAuditLog, type AuditLog } from './auditLog.ts';

export interface AuditFeature extends Feature {
  readonly log: AuditLog;
}

/** The audit log and its routes. */
export function createAuditFeature(context: CompanionContext): AuditFeature {
  const log = createAuditLog(context.database);
  const router = Router();
  implement(router, governanceRoutes.listAudit, (query) => ({ entries: log.list(query), total: log.count() }));
  implement(router, governanceRoutes.verifyAudit, () => log.verify());
  return { router, log };
}
