import { type Disposable, type Event, EventEmitter, type LogOutputChannel } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import { type CompanionClient, createCompanionClient } from '../../server/client/companionClient.ts';
import { lockFilePath } from '../../server/client/dataHome.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { waitForEnd } from '../../server/client/processEnd.ts';
import { ensureCompanion, type StartOptions } from '../../server/client/start.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import { describeFailure } from '../vscode/failures.ts';
import { attach, type AttachedCompanion } from './attachedCompanion.ts';
import { createCompanionCalls, type CompanionCalls } from './companionCalls.ts';
import { createCompanionSearch } from './companionSearch.ts';
import { createCrashRestarts } from './crashRestarts.ts';

export type ConnectionState = 'stopped' | 'starting' | 'running';

/** This window's connection to the companion of the data home. */
export interface Connection extends CompanionCalls, Disposable {
  readonly state: ConnectionState;
  readonly onDidChangeState: Event<ConnectionState>;
  readonly onDidReceive: Event<CompanionEvent>;
  /** The companion, started if none answers. */
  connect(signal?: AbortSignal): Promise<CompanionClient>;
  /** The companion if one is there for a view: started only when the user lets views start it and did not stop it before. */
  available(): Promise<CompanionClient | undefined>;
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

function createState(): { readonly current: ConnectionState; set(next: ConnectionState): void; readonly onDidChange: Event<ConnectionState>; dispose(): void } {
  const changed = new EventEmitter<ConnectionState>();
  let current: ConnectionState = 'stopped';
  return {
    get current() {
      return current;
    },
    set(next) {
      if (current !== next) {
        current = next;
        changed.fire(next);
      }
    },
    onDidChange: changed.event,
    dispose: () => changed.dispose(),
  };
}

export function createConnection(options: ConnectionOptions): Connection {
  const { log } = options;
  const state = createState();
  const received = new EventEmitter<CompanionEvent>();
  const restarts = createCrashRestarts(() => lockFilePath(options.start().home));
  let attached: AttachedCompanion | undefined;
  let connecting: Promise<CompanionClient> | undefined;
  let stoppedByUser = false;
  let disposed = false;

  const release = (): void => {
    attached?.release();
    attached = undefined;
  };

  const lost = (gone: CompanionClient): void => {
    if (attached?.client === gone) {
      log.info('the companion is gone');
      release();
      state.set('stopped');
      search.begin();
    }
  };

  const adopt = (found: CompanionClient): CompanionClient => {
    if (disposed) {
      throw new CallFailure('aborted', 'The window closes.');
    }
    release();
    search.stop();
    const { id, label } = options.lease;
    attached = attach(found, { lease: { id, label: label() }, log, receive: (event) => received.fire(event), onGone: () => lost(found) });
    log.info(`connected to companion ${found.lock.version}, process ${found.lock.pid}, ${found.baseUrl}`);
    state.set('running');
    return found;
  };

  const discover = async (): Promise<CompanionClient | undefined> => {
    const { home, caller } = options.start();
    const lock = await discoverCompanion(home);
    return attached?.client ?? (lock === undefined || disposed ? undefined : adopt(createCompanionClient(lock, caller)));
  };

  const search = createCompanionSearch({
    isWanted: () => !disposed && attached === undefined,
    async look(first) {
      try {
        const found = await discover();
        if (found === undefined && !first && state.current === 'stopped' && !stoppedByUser && (await restarts.claim())) {
          log.warn('the companion ended unexpectedly: starting it again');
          await connect();
        }
      } catch (error) {
        log.warn(describeFailure(error));
      }
    },
  });

  const start = async (signal: AbortSignal | undefined): Promise<CompanionClient> => {
    state.set('starting');
    try {
      return adopt(await ensureCompanion({ ...options.start(), ...(signal === undefined ? {} : { signal }) }));
    } catch (error) {
      state.set('stopped');
      search.begin();
      throw error;
    }
  };

  const connect = (signal?: AbortSignal): Promise<CompanionClient> => {
    if (attached !== undefined) {
      return Promise.resolve(attached.client);
    }
    stoppedByUser = false;
    connecting ??= start(signal).finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  return {
    get state() {
      return state.current;
    },
    onDidChangeState: state.onDidChange,
    onDidReceive: received.event,
    connect,
    async available() {
      const found = attached?.client ?? (await (connecting ?? discover()));
      if (found !== undefined) {
        return found;
      }
      if (!stoppedByUser && options.startsByItself()) {
        return connect();
      }
      search.beginRarely();
      return undefined;
    },
    ...createCompanionCalls({ connect, lost, isStopped: () => stoppedByUser }),
    async stop(stopEndpoints) {
      stoppedByUser = true;
      const current = attached?.client ?? (await discover());
      if (current === undefined) {
        return;
      }
      await current.call('shutDown', { reason: 'stopped from VS Code', stopEndpoints });
      release();
      await waitUntilGone(current.lock.pid);
      state.set('stopped');
      search.beginRarely();
    },
    async close() {
      const held = attached;
      release();
      await held?.drop();
    },
    dispose() {
      disposed = true;
      search.stop();
      release();
      state.dispose();
      received.dispose();
    },
  };
}

const endTimeoutMilliseconds = 30_000;

async function waitUntilGone(pid: number): Promise<void> {
  if (!(await waitForEnd(pid, endTimeoutMilliseconds))) {
    throw new CallFailure('unavailable', `The companion (process ${pid}) does not end.`, { remedy: 'Run "slipway stop", then try again.' });
  }
}
