import { Router } from 'express';
import { baselineRoutes } from '../../contract/baselines.ts';
import type { Signature } from '../../contract/registry.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import { Problem } from '../../platform/errors.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { IngestWorker } from '../windows/ingestWorker.ts';

export interface BaselineParts {
  readonly audit: Pick<AuditLog, 'append'>;
  /** @throws Problem `not-found` */
  version(name: string, version: number): Promise<{ readonly digest: string; readonly signature: Signature | undefined }>;
  /** @throws Problem `not-found` */
  requireEndpoint(name: string): void;
  /** Has the log of an endpoint read to its end. */
  read(endpoint: string): Promise<unknown>;
  readonly worker: Pick<IngestWorker, 'baselines' | 'takeBaseline' | 'chooseBaseline' | 'compareBaselines'>;
}

/** What live traffic of a model version is compared with: list, take, choose, compare. */
export function baselineRouter(parts: BaselineParts): Router {
  const { audit, worker } = parts;
  const router = Router();
  implementAll(router, baselineRoutes, {
    async listBaselines({ name, version }) {
      const { digest: modelDigest } = await parts.version(name, version);
      return { baselines: await worker.baselines({ modelDigest }) };
    },
    async takeBaseline({ name, version, from, choose }, { caller }) {
      const { digest: modelDigest, signature } = await parts.version(name, version);
      if (signature === undefined || signature.inputs.length === 0) {
        throw new Problem('conflict', `Version ${version} of ${name} has no signature, so its inputs are not known.`, { field: 'version', remedy: 'Log it with an input example.' });
      }
      if (from.kind === 'live-traffic') {
        parts.requireEndpoint(from.endpoint);
        if (from.from >= from.to) {
          throw new Problem('invalid-input', 'from.from: must be before from.to', { field: 'from.from' });
        }
        await parts.read(from.endpoint);
      }
      const taken = await worker.takeBaseline({ modelDigest, signature, from, choose });
      const { id, rows, columns, origin } = taken;
      audit.append({ actor: caller, action: 'baseline.taken', subject: name, detail: { version, id, rows, columns, source: origin.kind, chosen: choose } });
      return taken;
    },
    async chooseBaseline({ name, version, id }, { caller }) {
      const { digest: modelDigest } = await parts.version(name, version);
      const chosen = await worker.chooseBaseline({ modelDigest, id });
      audit.append({ actor: caller, action: 'baseline.chosen', subject: name, detail: { version, id: chosen.id, rows: chosen.rows, source: chosen.origin.kind } });
      return chosen;
    },
    async compareBaselines({ name, version, id, with: other }) {
      const { digest: modelDigest } = await parts.version(name, version);
      return worker.compareBaselines({ modelDigest, id, with: other });
    },
  });
  return router;
}
