import { Worker } from 'node:worker_threads';
import type { CompanionEvent } from '../contract/events.ts';
import type { TransferReport } from '../contract/transfer.ts';
import { Problem } from '../platform/errors.ts';
import { entry } from '../platform/resources.ts';
import type { FromTransfer, PreviewAnswer, PreviewWorkerData, ToTransfer, TransferWorkerData } from './threadMessages.ts';
import type { JobProgress } from './transferView.ts';

export interface TransferListener {
  event(event: CompanionEvent): void;
  progress(progress: JobProgress): void;
}

/** Transfers, and looks before them, in threads with database connections of their own: a large store takes a while. */
export interface TransferThreads {
  /** @throws Problem for what went wrong, and for a transfer that was stopped by the signal */
  carry(data: TransferWorkerData, signal: AbortSignal, listener: TransferListener): Promise<TransferReport>;
  look(data: PreviewWorkerData, signal: AbortSignal): Promise<PreviewAnswer>;
  /** Ends those that did not stop by themselves. */
  close(): Promise<void>;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

export function createTransferThreads(): TransferThreads {
  const workers = new Set<Worker>();
  const launch = (source: string, built: string, workerData: PreviewWorkerData | TransferWorkerData): Worker => {
    const worker = new Worker(entry(source, built), { workerData });
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
    return worker;
  };
  return {
    carry: (data, signal, listener) =>
      new Promise((resolve, reject) => {
        const worker = launch('transfer/transfer.worker.ts', 'workers/transfer.mjs', data);
        const cancel = (): void => worker.postMessage({ type: 'cancel' } satisfies ToTransfer);
        signal.addEventListener('abort', cancel);
        if (signal.aborted) {
          cancel();
        }
        let finish = (): void => reject(new Problem('internal', 'The thread of the transfer ended too early.'));
        worker.on('message', (message: FromTransfer) => {
          switch (message.type) {
            case 'event':
              listener.event(message.event);
              break;
            case 'progress':
              listener.progress(message.progress);
              break;
            case 'report':
              finish = () => resolve(message.report);
              break;
            case 'failure':
              finish = () => reject(new Problem(message.reason, message.message));
              break;
          }
        });
        worker.once('error', (error) => {
          finish = () => reject(toError(error));
        });
        worker.once('exit', () => {
          signal.removeEventListener('abort', cancel);
          finish();
        });
      }),
    look: (data, signal) =>
      new Promise((resolve, reject) => {
        const worker = launch('transfer/preview.worker.ts', 'workers/preview.mjs', data);
        const stop = (): void => void worker.terminate();
        signal.addEventListener('abort', stop);
        worker.once('message', (answer: PreviewAnswer) => resolve(answer));
        worker.once('error', (error) => reject(toError(error)));
        worker.once('exit', () => {
          signal.removeEventListener('abort', stop);
          reject(new Problem('unavailable', 'The look at the other side was given up.'));
        });
      }),
    async close() {
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}
