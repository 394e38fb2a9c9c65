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

/** A thread that is told to stop has so long to take leave: a drive that is gone holds it in a call of the system, which nothing ends. */
const patienceMilliseconds = 10_000;

export interface TransferThreadsOptions {
  readonly launch?: (kind: 'transfer' | 'preview', workerData: PreviewWorkerData | TransferWorkerData) => Worker;
  readonly patience?: number;
}

function launchEntry(kind: 'transfer' | 'preview', workerData: PreviewWorkerData | TransferWorkerData): Worker {
  return new Worker(entry(`transfer/${kind}.worker.ts`, `workers/${kind}.mjs`), { workerData });
}

export function createTransferThreads({ launch = launchEntry, patience = patienceMilliseconds }: TransferThreadsOptions = {}): TransferThreads {
  const workers = new Set<Worker>();
  const begin = (kind: 'transfer' | 'preview', workerData: PreviewWorkerData | TransferWorkerData): Worker => {
    const worker = launch(kind, workerData);
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
    return worker;
  };
  return {
    carry: (data, signal, listener) =>
      new Promise((resolve, reject) => {
        const worker = begin('transfer', data);
        let timer: NodeJS.Timeout | undefined;
        const cancel = (): void => {
          worker.postMessage({ type: 'cancel' } satisfies ToTransfer);
          timer = setTimeout(() => {
            void worker.terminate();
            reject(new Problem('unavailable', 'The other side does not answer; it was given up.'));
          }, patience);
        };
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
          clearTimeout(timer);
          signal.removeEventListener('abort', cancel);
          finish();
        });
      }),
    look: (data, signal) =>
      new Promise((resolve, reject) => {
        const worker = begin('preview', data);
        const givenUp = (): void => reject(new Problem('unavailable', 'The look at the other side was given up.'));
        const stop = (): void => {
          void worker.terminate();
          givenUp();
        };
        signal.addEventListener('abort', stop);
        worker.once('message', (answer: PreviewAnswer) => resolve(answer));
        worker.once('error', (error) => reject(toError(error)));
        worker.once('exit', () => {
          signal.removeEventListener('abort', stop);
          givenUp();
        });
      }),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([Promise.all([...workers].map((worker) => worker.terminate())), late]);
      clearTimeout(timer);
      if (workers.size > 0) {
        // The end of the process waits for each of its threads.
        process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
      }
    },
  };
}
