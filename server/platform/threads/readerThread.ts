import { Worker } from 'node:worker_threads';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import { entry } from '../resources.ts';
import type { FromReader, ReaderData, ToReader } from './messages.ts';

type Piece = Extract<FromReader, { type: 'piece' }>;

/** A read was in line behind one that the thread was ended for; another thread can do it. */
export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded';
}

/** One thread with a read-only connection. */
export interface ReaderThread<Read> {
  /**
   * The first or the next piece of an answer.
   * @param signal gives up at once, also while the piece is being made
   * @throws Problem of the read; `too-large` when the piece was not made in time, then the thread ends; `unavailable` when the signal gives up
   * @throws ThreadEnded when the thread ended for another read
   */
  ask(message: Extract<ToReader<Read>, { type: 'read' | 'more' }>, signal?: AbortSignal): Promise<Piece>;
  /** Forgets an answer of which no more is asked. */
  forget(id: number): void;
  end(): Promise<unknown>;
}

interface Asked {
  piece(piece: Piece): void;
  failed(error: Error): void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Starts a thread.
 * @param data its deadline is for a piece, once the thread has started; half as long again later the thread ends. Also a read that nobody
 * waits for any more has no longer: it would keep others from their turn.
 * @param ended is told at once, before what was asked fails
 */
export function startReaderThread<Read>(data: ReaderData, log: Log, ended: () => void): ReaderThread<Read> {
  const worker = new Worker(entry('reader.worker.ts', 'workers/reader.mjs'), { workerData: data });
  const asked = new Map<number, Asked>();
  let ready = false;
  let over = false;

  const close = (): void => {
    over = true;
    ended();
    for (const each of asked.values()) {
      clearTimeout(each.timer);
      each.failed(new ThreadEnded('The thread that reads has ended.'));
    }
    asked.clear();
  };
  const watch = (id: number, each: Asked): void => {
    each.timer = setTimeout(() => {
      asked.delete(id);
      each.failed(tooLong(data.deadline));
      close();
      void worker.terminate();
    }, data.deadline * 1.5).unref();
  };
  const take = (id: number): Asked | undefined => {
    const each = asked.get(id);
    asked.delete(id);
    clearTimeout(each?.timer);
    return each;
  };

  worker.on('message', (message: FromReader) => {
    switch (message.type) {
      case 'ready':
        ready = true;
        asked.forEach((each, id) => {
          watch(id, each);
        });
        return;
      case 'piece':
        take(message.id)?.piece(message);
        return;
      case 'failure': {
        const { reason, message: text, field, remedy } = message;
        take(message.id)?.failed(new Problem(reason, text, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) }));
      }
    }
  });
  worker.on('error', (error) => log.error('a reader thread failed', error));
  worker.once('exit', () => {
    if (!over) {
      close();
    }
  });

  return {
    ask: (message, signal) =>
      new Promise((resolve, reject) => {
        if (over || signal?.aborted === true) {
          reject(over ? new ThreadEnded('The thread that reads has ended.') : givenUp());
          return;
        }
        const giveUp = (): void => {
          reject(givenUp());
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        const settled = (settle: () => void): void => {
          signal?.removeEventListener('abort', giveUp);
          settle();
        };
        const each: Asked = { piece: (piece) => settled(() => resolve(piece)), failed: (error) => settled(() => reject(error)), timer: undefined };
        asked.set(message.id, each);
        if (ready) {
          watch(message.id, each);
        }
        worker.postMessage(message);
      }),
    forget: (id) => {
      worker.postMessage({ type: 'cancel', id } satisfies ToReader<Read>);
    },
    end: () => worker.terminate(),
  };
}

function tooLong(deadline: number): Problem {
  return new Problem('too-large', `The answer takes longer than ${Math.round(deadline / 1000)} s.`, { remedy: 'Ask for less: a narrower filter, fewer experiments or a smaller page.' });
}

function givenUp(): Problem {
  return new Problem('unavailable', 'Nobody waits for the answer any more.');
}
