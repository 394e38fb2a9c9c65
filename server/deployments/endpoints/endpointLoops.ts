import { createTurn, type Turn } from '../../platform/time/turn.ts';
import type { Log } from '../../platform/log.ts';

/** Something that runs in the background and can be ended. */
interface Work {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** What runs for one endpoint: passes one after the other, and beside them one step of its rollout and one task a replica. */
export interface EndpointLoop {
  readonly inTurn: Turn;
  timer: NodeJS.Timeout | undefined;
  timerDue: number;
  rollout: (Work & { readonly id: string }) | undefined;
  /** When the step that waits is to be run again. */
  rolloutDue: number;
  readonly replicas: Map<string, Work>;
  lastWatch: number;
}

/** When the endpoints are looked at, and what runs for each meanwhile. */
export interface EndpointLoops {
  start(): void;
  /** Ends what runs and waits for it. */
  stop(): Promise<void>;
  stopped(): boolean;
  of(endpoint: string): EndpointLoop;
  all(): Iterable<EndpointLoop>;
  remove(endpoint: string): void;
  /** Runs a pass after that time, unless one is due before. */
  wakeIn(endpoint: string, milliseconds: number): void;
  /** Runs the work while nothing else has its turn. */
  inTurn<T>(endpoint: string, work: () => Promise<T> | T): Promise<T>;
  /** Starts background work; the endpoint is looked at again when it ends. */
  begin(endpoint: string, work: (signal: AbortSignal) => Promise<void>, ended: () => void): Work;
  /** Starts a replica's background work, unless it has some under way. */
  taskOf(endpoint: string, replica: string, work: (signal: AbortSignal) => Promise<void>): void;
}

const retryMilliseconds = 2000;

/** @param pass takes the next steps of an endpoint; it runs in turn, and again soon when it throws */
export function createEndpointLoops(log: Log, pass: (endpoint: string) => Promise<void>): EndpointLoops {
  const loops = new Map<string, EndpointLoop>();
  let stopped = true;

  const loopOf = (endpoint: string): EndpointLoop => {
    let loop = loops.get(endpoint);
    if (loop === undefined) {
      loop = { inTurn: createTurn(), timer: undefined, timerDue: 0, rollout: undefined, rolloutDue: 0, replicas: new Map(), lastWatch: 0 };
      loops.set(endpoint, loop);
    }
    return loop;
  };

  const wakeIn = (endpoint: string, milliseconds: number): void => {
    if (stopped) {
      return;
    }
    const loop = loopOf(endpoint);
    const due = Date.now() + milliseconds;
    if (loop.timer !== undefined && loop.timerDue <= due) {
      return;
    }
    clearTimeout(loop.timer);
    loop.timerDue = due;
    loop.timer = setTimeout(() => {
      loop.timer = undefined;
      inTurn(endpoint, () => pass(endpoint)).catch((error: unknown) => {
        log.error(`endpoint ${endpoint}`, error);
        wakeIn(endpoint, retryMilliseconds);
      });
    }, milliseconds);
  };

  const inTurn = <T>(endpoint: string, work: () => Promise<T> | T): Promise<T> => loopOf(endpoint).inTurn(work);

  const begin: EndpointLoops['begin'] = (endpoint, work, ended) => {
    const controller = new AbortController();
    const done = work(controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) {
          log.error(`endpoint ${endpoint}`, error);
        }
      })
      .then(() => {
        ended();
        wakeIn(endpoint, 0);
      });
    return { controller, done };
  };

  return {
    start() {
      stopped = false;
    },
    async stop() {
      stopped = true;
      for (const loop of loops.values()) {
        clearTimeout(loop.timer);
        loop.rollout?.controller.abort();
        for (const task of loop.replicas.values()) {
          task.controller.abort();
        }
      }
      for (const loop of loops.values()) {
        await Promise.all([loop.inTurn(() => undefined), loop.rollout?.done, ...[...loop.replicas.values()].map(({ done }) => done)]);
      }
    },
    stopped: () => stopped,
    of: loopOf,
    all: () => loops.values(),
    remove: (endpoint) => void loops.delete(endpoint),
    wakeIn,
    inTurn,
    begin,
    taskOf(endpoint, replica, work) {
      const tasks = loopOf(endpoint).replicas;
      if (!tasks.has(replica)) {
        tasks.set(replica, begin(endpoint, work, () => tasks.delete(replica)));
      }
    },
  };
}
