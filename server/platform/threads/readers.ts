import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DataHome } from '../home.ts';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import { entry } from '../resources.ts';
import type { FromReader, ReaderData, ToReader } from './messages.ts';

/** Answers reads that may take long outside of the event loop. */
export interface Readers<Read> {
  /**
   * The pieces of the answer's text as UTF-8, each made when it is asked for. What was acknowledged before the call is in it.
   * @param signal gives the read up, also while a piece is being made
   * @throws Problem of the read, with the first piece that cannot be made; `unavailable` when the signal gives up
   */
  read(read: Read, signal?: AbortSignal): AsyncGenerator<Uint8Array, void>;
}

export interface ReaderThreads<Read> extends Readers<Read> {
  stop(): Promise<void>;
}

export interface ReaderOptions {
  /** The threads get less of a busy machine than others: for reads that nobody looks at. */
  readonly stepsBehind?: boolean;
}

interface Waiting {
  piece(piece: Extract<FromReader, { type: 'piece' }>): void;
  failed(problem: Problem): void;
}

interface Thread {
  readonly worker: Worker;
  /** Reads whose next piece is awaited. */
  readonly waiting: Map<number, Waiting>;
  /** Answers that are not complete. */
  open: number;
  /** Ends a thread that is no longer needed. */
  rest: NodeJS.Timeout | undefined;
}

/** One statement can keep a thread busy: others get answers meanwhile. */
const mostThreads = Math.min(4, Math.max(2, availableParallelism() - 1));
/** A thread beyond the first that has had nothing to do for so long gives back its memory. */
const restMilliseconds = 30_000;

function ended(): Problem {
  return new Problem('internal', 'The thread that reads has ended.');
}

function givenUp(): Problem {
  return new Problem('unavailable', 'Nobody waits for the answer any more.');
}

/** Threads with a read-only connection each; the first starts with the first read, others when all are busy. */
export function createReaderThreads<Read>({ database, blobs }: DataHome, log: Log, { stepsBehind = false }: ReaderOptions = {}): ReaderThreads<Read> {
  const threads = new Set<Thread>();
  let lastId = 0;

  const start = (): Thread => {
    const data: ReaderData = { database, blobs, stepsBehind };
    const worker = new Worker(entry('reader.worker.ts', 'workers/reader.mjs'), { workerData: data });
    const thread: Thread = { worker, waiting: new Map(), open: 0, rest: undefined };
    worker.on('message', (message: FromReader) => {
      const waiting = thread.waiting.get(message.id);
      thread.waiting.delete(message.id);
      if (message.type === 'piece') {
        waiting?.piece(message);
        return;
      }
      const { reason, message: text, field, remedy } = message;
      waiting?.failed(new Problem(reason, text, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) }));
    });
    worker.on('error', (error) => log.error('a reader thread failed', error));
    worker.once('exit', () => {
      threads.delete(thread);
      clearTimeout(thread.rest);
      for (const waiting of thread.waiting.values()) {
        waiting.failed(ended());
      }
    });
    threads.add(thread);
    return thread;
  };

  const choose = (): Thread => {
    const [least] = [...threads].sort((a, b) => a.open - b.open);
    return least === undefined || (least.open > 0 && threads.size < mostThreads) ? start() : least;
  };
  const release = (thread: Thread): void => {
    thread.open -= 1;
    const [first] = threads;
    if (thread.open === 0 && thread !== first) {
      thread.rest = setTimeout(() => {
        threads.delete(thread);
        void thread.worker.terminate();
      }, restMilliseconds).unref();
    }
  };

  return {
    async *read(read, signal) {
      const thread = choose();
      clearTimeout(thread.rest);
      thread.open += 1;
      lastId += 1;
      const id = lastId;
      const tell = (message: ToReader<Read>): void => thread.worker.postMessage(message);
      const ask = (message: ToReader<Read>): Promise<Extract<FromReader, { type: 'piece' }>> =>
        new Promise((resolve, reject) => {
          if (!threads.has(thread) || signal?.aborted === true) {
            reject(signal?.aborted === true ? givenUp() : ended());
            return;
          }
          thread.waiting.set(id, { piece: resolve, failed: reject });
          tell(message);
        });
      const giveUp = (): void => thread.waiting.get(id)?.failed(givenUp());
      signal?.addEventListener('abort', giveUp);
      let complete = false;
      try {
        for (let next: ToReader<Read> = { type: 'read', id, read }; !complete; next = { type: 'more', id }) {
          const { bytes, last } = await ask(next);
          complete = last;
          yield bytes;
        }
      } finally {
        signal?.removeEventListener('abort', giveUp);
        thread.waiting.delete(id);
        if (!complete) {
          tell({ type: 'cancel', id });
        }
        release(thread);
      }
    },
    async stop() {
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
