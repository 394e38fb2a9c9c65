import { Router } from 'express';
import { Worker } from 'node:worker_threads';
import type { CompanionContext } from '../platform/context.ts';
import { transferRoutes, type Transfer } from '../contract/transfer.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { entry } from '../platform/resources.ts';
import type { FromTransfer, PreviewAnswer, PreviewWorkerData, ToTransfer, TransferWorkerData } from './messages.ts';
import { plainLocation, readLocation } from './location.ts';
import { checkPath } from './probe.ts';
import { createTransferTable } from './transferTable.ts';
import { Problem } from '../platform/errors.ts';

/** Milliseconds that a transfer gets to stop by itself when the companion ends. */
const stopMilliseconds = 1500;

export interface Transfers extends Feature {
  /** True while something is carried: the companion stays up. */
  running(): boolean;
}

/** Import from and export to other stores; each runs in a thread with a database connection of its own. */
export function createTransfers(context: CompanionContext): Transfers {
  const { database, events, home, log } = context;
  const table = createTransferTable(database);
  const workers = new Map<string, Worker>();

  const launch = (transfer: Transfer, data: Omit<TransferWorkerData, 'database' | 'blobs' | 'id'>): void => {
    const all: TransferWorkerData = { ...data, database: home.database, blobs: home.blobs, id: transfer.id };
    const worker = new Worker(entry('transfer/transfer.worker.ts', 'workers/transfer.mjs'), { workerData: all });
    workers.set(transfer.id, worker);
    worker.on('message', ({ event }: FromTransfer) => events.publish(event));
    worker.on('error', (error) => {
      log.error(`transfer ${transfer.id}`, error);
      table.end(transfer.id, 'failed', error instanceof Error ? error.message : String(error), undefined);
    });
    worker.once('exit', () => {
      workers.delete(transfer.id);
      events.publish({ topic: 'transfer', id: transfer.id });
    });
  };

  /** Looks in a thread: a large folder takes a while. */
  const look = (data: PreviewWorkerData, signal: AbortSignal): Promise<PreviewAnswer> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(entry('transfer/preview.worker.ts', 'workers/preview.mjs'), { workerData: data });
      const stop = (): void => void worker.terminate();
      signal.addEventListener('abort', stop);
      worker.once('message', (answer: PreviewAnswer) => resolve(answer));
      worker.once('error', (error) => reject(error instanceof Error ? error : new Error(String(error))));
      worker.once('exit', () => {
        signal.removeEventListener('abort', stop);
        reject(new Problem('unavailable', 'The look at the other side was given up.'));
      });
    });
  const pythons = (given: string | undefined): string[] => [given ?? '', context.settings().python];

  const router = Router();
  implement(router, transferRoutes.previewTransfer, async ({ direction, location, credentials, python }, { signal }) => {
    await checkPath('location', location, direction, signal);
    const store = readLocation(location);
    const answer = await look({ database: home.database, blobs: home.blobs, direction, location, credentials, pythons: pythons(python) }, signal);
    if (!answer.ok) {
      const { reason, message, field, remedy } = answer;
      throw new Problem(reason, message, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) });
    }
    const plain = plainLocation(location);
    const before = table.ofLocation(direction, plain);
    return { location: plain, kind: store.kind, ...answer.found, ...(before === undefined ? {} : { before }) };
  });
  implement(router, transferRoutes.startTransfer, async ({ direction, location, artifacts, verify, credentials, python }, { signal, caller }) => {
    await checkPath('location', location, direction, signal);
    if (artifacts !== undefined) {
      await checkPath('artifacts', artifacts, direction, signal);
    }
    const started = table.begin(direction, plainLocation(location));
    launch(started, { direction, location, artifacts, verify, credentials, pythons: pythons(python), actor: caller });
    return started;
  });
  implement(router, transferRoutes.listTransfers, () => ({ transfers: table.list() }));
  implement(router, transferRoutes.getTransfer, ({ id }) => table.find(id));
  implement(router, transferRoutes.cancelTransfer, ({ id }) => {
    const found = table.find(id);
    workers.get(id)?.postMessage({ type: 'cancel' } satisfies ToTransfer);
    return found;
  });

  return {
    router,
    running: () => workers.size > 0,
    start: () => table.interruptAll(),
    async stop() {
      const ends = [...workers.values()].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      workers.forEach((worker) => worker.postMessage({ type: 'cancel' } satisfies ToTransfer));
      const late = new Promise((resolve) => setTimeout(resolve, stopMilliseconds).unref());
      await Promise.race([Promise.all(ends), late]);
      await Promise.all([...workers.values()].map((worker) => worker.terminate()));
      table.interruptAll();
    },
  };
}
