import { availableParallelism } from 'node:os';
import type { DataHome } from '../home.ts';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FromReader, ReaderData } from './messages.ts';
import { startReaderThread, ThreadEnded, type ReaderThread } from './readerThread.ts';

/** Answers reads that may take long outside of the event loop. */
export interface Readers<Read> {
  /**
   * The pieces of the answer's text as UTF-8, each made when it is asked for. What was acknowledged before the call is in it.
   * @param signal gives the read up, also while a piece is being made
   * @throws Problem of the read, with the first piece that cannot be made; `too-large` when a piece takes too long; `unavailable` when the
   * signal gives up, or when the thread ended for another read after the first piece
   */
  read(read: Read, signal?: AbortSignal): AsyncGenerator<Uint8Array, void>;
}

export interface ReaderThreads<Read> extends Readers<Read> {
  stop(): Promise<void>;
}

export interface ReaderOptions {
  /** The threads get less of a busy machine than others: for reads that nobody looks at. */
  readonly stepsBehind?: boolean;
  /** Milliseconds that one piece of an answer may take. */
  readonly deadline?: number;
}

interface Held<Read> {
  readonly thread: ReaderThread<Read>;
  /** Answers that are not complete. */
  open: number;
  /** Ends a thread that is no longer needed. */
  rest: NodeJS.Timeout | undefined;
}

/** One statement can keep a thread busy: others get answers meanwhile. */
const mostThreads = Math.min(4, Math.max(2, availableParallelism() - 1));
/** A thread beyond the first that has had nothing to do for so long gives back its memory. */
const restMilliseconds = 30_000;
/** MLflow's clients wait for 120 s. */
const usualDeadline = 60_000;
/** A read is begun so often at most: each time the thread that it was given to ended for another one. */
const mostBeginnings = 5;

/** Threads with a read-only connection each; the first starts with the first read, others when all are busy. */
export function createReaderThreads<Read>({ database, blobs }: DataHome, log: Log, { stepsBehind = false, deadline = usualDeadline }: ReaderOptions = {}): ReaderThreads<Read> {
  const data: ReaderData = { database, blobs, stepsBehind, deadline };
  const threads = new Set<Held<Read>>();
  let lastId = 0;
  let stopped = false;

  const start = (): Held<Read> => {
    const held: Held<Read> = {
      thread: startReaderThread<Read>(data, log, () => {
        threads.delete(held);
        clearTimeout(held.rest);
      }),
      open: 0,
      rest: undefined,
    };
    threads.add(held);
    return held;
  };
  const hold = (): Held<Read> => {
    const [least] = [...threads].sort((a, b) => a.open - b.open);
    const held = least === undefined || (least.open > 0 && threads.size < mostThreads) ? start() : least;
    clearTimeout(held.rest);
    held.open += 1;
    return held;
  };
  const release = (held: Held<Read>): void => {
    held.open -= 1;
    const [first] = threads;
    if (held.open === 0 && held !== first && threads.has(held)) {
      held.rest = setTimeout(() => {
        threads.delete(held);
        void held.thread.end();
      }, restMilliseconds).unref();
    }
  };

  /** The first piece, and the thread that makes the others. */
  const begin = async (id: number, read: Read, signal: AbortSignal | undefined): Promise<{ held: Held<Read>; piece: Extract<FromReader, { type: 'piece' }> }> => {
    for (let beginnings = 1; ; beginnings += 1) {
      const held = hold();
      try {
        return { held, piece: await held.thread.ask({ type: 'read', id, read }, signal) };
      } catch (error) {
        held.thread.forget(id);
        release(held);
        if (!(error instanceof ThreadEnded) || beginnings === mostBeginnings || stopped) {
          throw asUnavailable(error);
        }
      }
    }
  };

  return {
    async *read(read, signal) {
      lastId += 1;
      const id = lastId;
      const { held, piece: first } = await begin(id, read, signal);
      let piece = first;
      try {
        yield piece.bytes;
        while (!piece.last) {
          piece = await held.thread.ask({ type: 'more', id }, signal);
          yield piece.bytes;
        }
      } catch (error) {
        throw asUnavailable(error);
      } finally {
        if (!piece.last) {
          held.thread.forget(id);
        }
        release(held);
      }
    },
    async stop() {
      stopped = true;
      await Promise.all([...threads].map(({ thread }) => thread.end()));
    },
  };
}

function asUnavailable(error: unknown): unknown {
  return error instanceof ThreadEnded ? new Problem('unavailable', 'The thread that read this has ended.', { remedy: 'Ask again.' }) : error;
}
