import { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import { governanceRoutes, readHead, type AuditVerification } from '../contract/governance.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { AuditLog } from './auditLog.ts';
import { readKeptHead } from './auditHead.ts';
import { createHeadCopies, readCopiedHeads } from './headCopies.ts';
import { countNamed, erasePerson } from './erasePerson.ts';
import { openAudit } from './openAudit.ts';
import { verifyHomeAudit } from './verifyHomeAudit.ts';

export interface AuditFeature extends Feature {
  readonly log: AuditLog;
  /** What is wrong with the log, for people: as it was when the companion started. */
  notices(): string[];
}

/** The audit log and its routes. */
export function createAuditFeature(context: CompanionContext): AuditFeature {
  const { database, home, log: companionLog, settings } = context;
  const copies = createHeadCopies(() => settings().auditHeadCopy, companionLog);
  const { log } = openAudit(home, database, { kept: (head) => copies.add(head), warn: (text) => companionLog.warn(text) });
  let atStart: AuditVerification | undefined;
  const verify = (expect?: string): Promise<AuditVerification> => verifyHomeAudit(home, database, settings().auditHeadCopy, expect === undefined ? undefined : readHead(expect));
  /** The copy may be new, or has missed what was written while it could not be reached. */
  const bringCopyUp = async (): Promise<void> => {
    const file = settings().auditHeadCopy;
    const kept = readKeptHead(home);
    if (file !== '' && typeof kept !== 'string' && kept.count > 0 && (await readCopiedHeads(file)).heads.at(-1)?.digest !== kept.digest) {
      copies.add(kept);
    }
  };
  const router = Router();
  implement(router, governanceRoutes.listAudit, (query) => ({ entries: log.list(query), total: log.count() }));
  implement(router, governanceRoutes.verifyAudit, ({ expect }) => verify(expect));
  implement(router, governanceRoutes.previewErasure, ({ person }) => ({ entries: countNamed(database, person) }));
  implement(router, governanceRoutes.erasePerson, async ({ person }, { caller }) => {
    const found = await verify();
    if (!found.intact) {
      throw new Problem('conflict', `The audit log is not as it was written, which nobody could tell after an erasure: ${found.problems[0]?.message ?? ''}`, {
        remedy: '"slipway audit --verify" says what to do first.',
      });
    }
    return erasePerson(database, log, person, caller);
  });
  return {
    router,
    log,
    notices: () => [...(atStart?.problems ?? []).map(({ message }) => `Audit log: ${message} "slipway audit --verify" says what to do.`), copies.notice()].filter((text) => text !== undefined),
    start() {
      void bringCopyUp();
      verify().then(
        (found) => {
          atStart = found;
          found.problems.forEach(({ message, remedy }) => companionLog.warn(`the audit log: ${message} ${remedy}`));
        },
        (error: unknown) => companionLog.warn(`the audit log cannot be read: ${messageOf(error)}`),
      );
    },
  };
}
