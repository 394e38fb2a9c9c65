import type { Log } from '../platform/log.ts';

/** How often schedules and triggers are looked at, besides when something happens. */
const lookMilliseconds = 10_000;

/** Looks at what begins retrainings: one at a time, and once more for what is asked meanwhile. */
export interface Looks {
  soon(): void;
  start(): void;
  /** Resolves when the one that goes on has ended. */
  stop(): Promise<void>;
}

export function createLooks(log: Log, isOpen: () => boolean, look: () => Promise<void>): Looks {
  let looking: Promise<void> = Promise.resolve();
  let waits = false;
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    if (waits || !isOpen()) {
      return;
    }
    waits = true;
    looking = looking.then(async () => {
      waits = false;
      try {
        await look();
      } catch (error) {
        log.error('looking at what begins retrainings', error);
      }
    });
  };
  return {
    soon,
    start() {
      timer = setInterval(soon, lookMilliseconds).unref();
      soon();
    },
    stop() {
      clearInterval(timer);
      return looking;
    },
  };
}
