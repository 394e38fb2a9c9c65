/** Jobs that run one after the other, each until it succeeds or fails for good. */
export interface PostQueue {
  add(job: () => Promise<void>): void;
  readonly waiting: number;
  /** Resolves when nothing waits, or after the time limit. */
  drain(milliseconds: number): Promise<void>;
  stop(): void;
}

export interface PostQueueOptions {
  /** Whether the failure passes by itself, so that the job is worth another try. */
  readonly passes: (error: unknown) => boolean;
  /** A job waits for its next try; undefined when the queue goes on. */
  readonly onWaiting: (error: unknown) => void;
  /** A job failed for good. */
  readonly onLost: (error: unknown) => void;
  readonly backoffMilliseconds?: readonly number[];
}

const defaultBackoff = [200, 1000, 3000, 10_000];

export function createPostQueue(options: PostQueueOptions): PostQueue {
  const backoff = options.backoffMilliseconds ?? defaultBackoff;
  const jobs: (() => Promise<void>)[] = [];
  const idle = new Set<() => void>();
  let working = false;
  let stopped = false;
  let wake: (() => void) | undefined;

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const runOne = async (job: () => Promise<void>): Promise<void> => {
    for (let attempt = 0; !stopped; attempt += 1) {
      try {
        await job();
        options.onWaiting(undefined);
        return;
      } catch (error) {
        if (!options.passes(error)) {
          options.onLost(error);
          return;
        }
        options.onWaiting(error);
        await pause(backoff[Math.min(attempt, backoff.length - 1)] ?? 10_000);
      }
    }
  };

  const work = async (): Promise<void> => {
    working = true;
    for (let job = jobs[0]; job !== undefined && !stopped; job = jobs[0]) {
      await runOne(job);
      jobs.shift();
    }
    working = false;
    idle.forEach((resolve) => void resolve());
    idle.clear();
  };

  return {
    add(job) {
      jobs.push(job);
      if (!working && !stopped) {
        void work();
      }
    },
    get waiting() {
      return jobs.length;
    },
    drain(milliseconds) {
      if (!working) {
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        idle.add(resolve);
        setTimeout(resolve, milliseconds);
      });
    },
    stop() {
      stopped = true;
      wake?.();
    },
  };
}
