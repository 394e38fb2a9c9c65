import { access } from 'node:fs/promises';
import { type Disposable, type Event, EventEmitter, type LogOutputChannel } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import { type CompanionClient, createCompanionClient } from '../../server/client/companionClient.ts';
import { lockFilePath } from '../../server/client/dataHome.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { waitForEnd } from '../../server/client/processEnd.ts';
import { ensureCompanion, type StartOptions } from '../../server/client/start.ts';
import { routeNamed, type CallInput, type CallName, type CallOutput } from '../../server/contract/api.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import { describeFailure } from '../vscode/failures.ts';
import { untrustedReason } from '../vscode/trust.ts';
import { holdLease, type Lease } from './lease.ts';

export type ConnectionState = 'stopped' | 'starting' | 'running';

/** This window's connection to the companion of the data home. */
export interface Connection extends Disposable {
  readonly state: ConnectionState;
  readonly onDidChangeState: Event<ConnectionState>;
  readonly onDidReceive: Event<CompanionEvent>;
  /** The companion, started if none answers. */
  connect(signal?: AbortSignal): Promise<CompanionClient>;
  /** The companion if one is there for a view: started only when the user lets views start it and did not stop it before. */
  available(): Promise<CompanionClient | undefined>;
  /** Calls the companion, started if none answers. A read is repeated once when the companion was replaced meanwhile. */
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>;
  /** The same for a panel, which reads the answer itself: its JSON in UTF-8. */
  passOn(name: CallName, input: unknown, signal?: AbortSignal): Promise<ArrayBuffer>;
  stop(stopEndpoints: boolean): Promise<void>;
  /** Lets go of the companion; the window closes. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly start: () => StartOptions;
  readonly startsByItself: () => boolean;
  readonly lease: { readonly id: string; readonly label: () => string };
  readonly log: LogOutputChannel;
}

const backoffMilliseconds = [250, 500, 1000, 2000, 5000, 10_000, 15_000];
/** Restarts in a row that a crashing companion gets before the user has to ask for the next one. */
const restartsInARow = 3;
const calmMilliseconds = 60_000;

export function createConnection(options: ConnectionOptions): Connection {
  const { log } = options;
  const stateChanged = new EventEmitter<ConnectionState>();
  const received = new EventEmitter<CompanionEvent>();
  let state: ConnectionState = 'stopped';
  let client: CompanionClient | undefined;
  let lease: Lease | undefined;
  let following: AbortController | undefined;
  let connecting: Promise<CompanionClient> | undefined;
  let watching: NodeJS.Timeout | undefined;
  let stoppedByUser = false;
  let restarts: number[] = [];
  let disposed = false;

  const setState = (next: ConnectionState): void => {
    if (state !== next) {
      state = next;
      stateChanged.fire(next);
    }
  };

  const release = (): void => {
    following?.abort();
    lease?.stop();
    following = undefined;
    lease = undefined;
    client = undefined;
  };

  const lost = (gone: CompanionClient): void => {
    if (client === gone) {
      log.info('the companion is gone');
      release();
      setState('stopped');
      watch(0);
    }
  };

  const follow = async (followed: CompanionClient, signal: AbortSignal): Promise<void> => {
    try {
      for await (const event of followed.events(signal)) {
        received.fire(event);
      }
    } catch (error) {
      if (!signal.aborted) {
        log.debug(`event stream: ${describeFailure(error)}`);
      }
    }
    if (!signal.aborted) {
      lost(followed);
    }
  };

  const adopt = (found: CompanionClient): CompanionClient => {
    if (disposed) {
      throw new CallFailure('aborted', 'The window closes.');
    }
    release();
    clearTimeout(watching);
    client = found;
    following = new AbortController();
    lease = holdLease(found, options.lease.id, options.lease.label());
    log.info(`connected to companion ${found.lock.version}, process ${found.lock.pid}, ${found.baseUrl}`);
    void follow(found, following.signal);
    setState('running');
    return found;
  };

  const discover = async (): Promise<CompanionClient | undefined> => {
    const { home, caller } = options.start();
    const lock = await discoverCompanion(home);
    return client ?? (lock === undefined || disposed ? undefined : adopt(createCompanionClient(lock, caller)));
  };

  const start = async (signal: AbortSignal | undefined): Promise<CompanionClient> => {
    setState('starting');
    try {
      return adopt(await ensureCompanion({ ...options.start(), ...(signal === undefined ? {} : { signal }) }));
    } catch (error) {
      setState('stopped');
      watch(0);
      throw error;
    }
  };

  const connect = (signal?: AbortSignal): Promise<CompanionClient> => {
    if (client !== undefined) {
      return Promise.resolve(client);
    }
    stoppedByUser = false;
    connecting ??= start(signal).finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  /** A companion that ended in order takes its lock file along; one that crashed leaves it. */
  const hasCrashed = async (): Promise<boolean> => {
    const left = await access(lockFilePath(options.start().home)).then(() => true, () => false);
    restarts = restarts.filter((at) => at > Date.now() - calmMilliseconds);
    return left && !stoppedByUser && restarts.length < restartsInARow;
  };

  /** Looks for a companion until there is one: another window or the command line may start it. */
  const watch = (attempt: number): void => {
    clearTimeout(watching);
    if (disposed || client !== undefined) {
      return;
    }
    const delay = backoffMilliseconds[Math.min(attempt, backoffMilliseconds.length - 1)];
    watching = setTimeout(() => void look(attempt), delay);
  };
  const look = async (attempt: number): Promise<void> => {
    try {
      const found = await discover();
      if (found === undefined && attempt > 0 && state === 'stopped' && (await hasCrashed())) {
        log.warn('the companion ended unexpectedly: starting it again');
        restarts.push(Date.now());
        await connect();
      }
    } catch (error) {
      log.warn(describeFailure(error));
    }
    watch(attempt + 1);
  };

  /** A read is repeated once when the companion was replaced meanwhile. */
  const ask = async <T>(name: CallName, signal: AbortSignal | undefined, work: (client: CompanionClient) => Promise<T>): Promise<T> => {
    refuseUntrusted(name);
    const current = await connect(signal);
    try {
      return await work(current);
    } catch (error) {
      const unreachable = CallFailure.is(error, 'unreachable') || CallFailure.is(error, 'unauthenticated');
      if (!unreachable || routeNamed(name).method !== 'GET' || stoppedByUser) {
        throw error;
      }
      lost(current);
      return work(await connect(signal));
    }
  };

  return {
    get state() {
      return state;
    },
    onDidChangeState: stateChanged.event,
    onDidReceive: received.event,
    connect,
    async available() {
      if (client !== undefined || connecting !== undefined) {
        return client ?? connecting;
      }
      const found = await discover();
      if (found !== undefined) {
        return found;
      }
      if (!stoppedByUser && options.startsByItself()) {
        return connect();
      }
      watch(backoffMilliseconds.length);
      return undefined;
    },
    call: (name, input, signal) => ask(name, signal, (current) => current.call(name, input, signal)),
    passOn: (name, input, signal) => ask(name, signal, (current) => current.passOn(name, input, 'panel', signal)),
    async stop(stopEndpoints) {
      stoppedByUser = true;
      const current = client ?? (await discover());
      if (current === undefined) {
        return;
      }
      await current.call('shutDown', { reason: 'stopped from VS Code', stopEndpoints });
      release();
      await waitUntilGone(current.lock.pid);
      setState('stopped');
      watch(backoffMilliseconds.length);
    },
    async close() {
      const held = lease;
      release();
      await held?.drop();
    },
    dispose() {
      disposed = true;
      clearTimeout(watching);
      release();
      stateChanged.dispose();
      received.dispose();
    },
  };
}

/** @throws CallFailure `forbidden` for what only a window with a trusted workspace may ask for */
function refuseUntrusted(name: CallName): void {
  const { needsTrust } = routeNamed(name);
  const refused = needsTrust === undefined ? undefined : untrustedReason(needsTrust);
  if (refused !== undefined) {
    throw new CallFailure('forbidden', refused, { remedy: 'Run "Workspaces: Manage Workspace Trust".' });
  }
}

const endTimeoutMilliseconds = 30_000;

async function waitUntilGone(pid: number): Promise<void> {
  if (!(await waitForEnd(pid, endTimeoutMilliseconds))) {
    throw new CallFailure('unavailable', `The companion (process ${pid}) does not end.`, { remedy: 'Run "slipway stop", then try again.' });
  }
}
