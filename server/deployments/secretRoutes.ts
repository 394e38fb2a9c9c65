import type { Router } from 'express';
import { secretRoutes } from '../contract/secrets.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { implementAll } from '../platform/http/implement.ts';
import type { ReleaseSecrets } from './replicas/releaseSecrets.ts';

/** The calls by which secrets of releases are kept and forgotten. The audit log has their names. */
export function mountSecretRoutes(router: Router, secrets: ReleaseSecrets, audit: AuditLog): void {
  implementAll(router, secretRoutes, {
    listSecrets: () => ({ names: secrets.names() }),
    setSecret({ name, value }, { caller }) {
      secrets.set(name, value);
      audit.append({ actor: caller, action: 'secret.set', subject: name });
      return {};
    },
    deleteSecret({ name }, { caller }) {
      secrets.delete(name);
      audit.append({ actor: caller, action: 'secret.deleted', subject: name });
      return {};
    },
  });
}
