import { Router } from 'express';
import { transferRoutes } from '../contract/transfer.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { plainLocation, readLocation } from './location.ts';
import { checkPath } from './probe.ts';
import { createTransferJobs } from './transferJobs.ts';
import { createTransferThreads } from './transferThreads.ts';

export interface Transfers extends Feature {
  /** True while something is carried: the companion stays up. */
  running(): boolean;
}

/** Import from and export to other stores. */
export function createTransfers(context: CompanionContext, audit: AuditLog): Transfers {
  const { database, events, home } = context;
  const threads = createTransferThreads();
  const own = { home: home.root, database: home.database, blobs: home.blobs };
  const transfers = createTransferJobs({ database, jobs: context.jobs, audit, threads, own, publish: (event) => events.publish(event) });
  const pythons = (given: string | undefined): string[] => [given ?? '', context.settings().python];

  const router = Router();
  implement(router, transferRoutes.previewTransfer, async ({ direction, location, credentials, python }, { signal }) => {
    await checkPath('location', location, direction, signal);
    const store = readLocation(location);
    const answer = await threads.look({ ...own, direction, location, credentials, pythons: pythons(python) }, signal);
    if (!answer.ok) {
      const { reason, message, field, remedy } = answer;
      throw new Problem(reason, message, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) });
    }
    const plain = plainLocation(location);
    const before = transfers.ofLocation(direction, plain);
    return { location: plain, kind: store.kind, ...answer.found, ...(before === undefined ? {} : { before }) };
  });
  implement(router, transferRoutes.startTransfer, async ({ direction, location, artifacts, follow, verify, credentials, python }, { signal, caller }) => {
    await checkPath('location', location, direction, signal);
    if (artifacts !== undefined) {
      await checkPath('artifacts', artifacts, direction, signal);
    }
    return transfers.begin({ direction, location, artifacts, follow, verify, credentials, pythons: pythons(python), caller });
  });
  implement(router, transferRoutes.listTransfers, () => ({ transfers: transfers.list() }));
  implement(router, transferRoutes.getTransfer, ({ id }) => transfers.find(id));
  implement(router, transferRoutes.cancelTransfer, ({ id }) => {
    transfers.cancel(id);
    return transfers.find(id);
  });

  return { router, running: () => transfers.running(), stop: () => threads.close() };
}
