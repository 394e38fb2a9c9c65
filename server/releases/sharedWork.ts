import { cancelled, type Progress } from '../platform/command.ts';

/**
 * One run of the same work at a time: callers that ask for a key while it runs share the run and its outcome.
 * A caller whose signal aborts leaves at once; the work itself is cancelled when its last caller has left.
 */
export interface SharedWork<T> {
  run(key: string, progress: Progress, signal: AbortSignal, work: (progress: Progress, signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Running<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  readonly listeners: Set<Progress>;
  /** The last line, for callers that come later. */
  latest: string | undefined;
}

export function createSharedWork<T>(): SharedWork<T> {
  const running = new Map<string, Running<T>>();

  const begin = (key: string, work: (progress: Progress, signal: AbortSignal) => Promise<T>): Running<T> => {
    const controller = new AbortController();
    const listeners = new Set<Progress>();
    const announce = (line: string): void => {
      entry.latest = line;
      for (const listener of listeners) {
        listener(line);
      }
    };
    const promise = Promise.resolve()
      .then(() => work(announce, controller.signal))
      .finally(() => {
        if (running.get(key) === entry) {
          running.delete(key);
        }
      });
    const entry: Running<T> = { promise, controller, listeners, latest: undefined };
    running.set(key, entry);
    return entry;
  };

  const join = async (entry: Running<T>, progress: Progress, signal: AbortSignal): Promise<T> => {
    // A listener of its own: two callers may pass the same function.
    const listener: Progress = (line) => progress(line);
    entry.listeners.add(listener);
    if (entry.latest !== undefined) {
      listener(entry.latest);
    }
    let abort = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      abort = () => reject(cancelled());
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([entry.promise, left]);
    } finally {
      signal.removeEventListener('abort', abort);
      entry.listeners.delete(listener);
      if (signal.aborted && entry.listeners.size === 0) {
        entry.controller.abort();
        // What was cancelled still cleans up; nobody else hears of its end.
        await entry.promise.catch(() => undefined);
      }
    }
  };

  return {
    async run(key, progress, signal, work) {
      for (;;) {
        if (signal.aborted) {
          throw cancelled();
        }
        const entry = running.get(key);
        if (entry === undefined) {
          return join(begin(key, work), progress, signal);
        }
        if (!entry.controller.signal.aborted) {
          return join(entry, progress, signal);
        }
        await entry.promise.catch(() => undefined);
      }
    },
  };
}
