import { type Disposable, type Event, EventEmitter, type LogOutputChannel } from 'vscode';
import type { TrackingServer } from '../../server/contract/trackingServer.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import type { Logins } from './logins.ts';

/** Where runs and models are kept, as far as this window knows. */
export interface TrackingServerState extends Disposable {
  /** Undefined until the companion has said it. */
  readonly current: TrackingServer | undefined;
  readonly onDidChange: Event<void>;
}

const lookMilliseconds = 5000;

/** The server without what is the same for all: `mlflow.example.com`. */
export function shortName(uri: string): string {
  return uri.replace(/^https?:\/\//, '');
}

/**
 * Knows which tracking server is in use, presents the login that this window keeps for it, and has the companion look for changes there while
 * something of it is shown.
 */
export function followTrackingServer(connection: Connection, logins: Logins, log: LogOutputChannel, isShown: () => boolean): TrackingServerState {
  const changed = new EventEmitter<void>();
  const disposables = createDisposables();
  let current: TrackingServer | undefined;
  let presented: string | undefined;

  const read = async (): Promise<void> => {
    const client = connection.state === 'running' ? await connection.available() : undefined;
    if (client === undefined) {
      return;
    }
    const { trackingUri: uri } = await client.call('getSettings', {});
    // A companion that was started anew has no login; one that the user gave since is not replaced.
    if (uri !== '' && presented !== `${client.lock.pid} ${uri}`) {
      presented = `${client.lock.pid} ${uri}`;
      const login = await logins.find(uri);
      if (login !== undefined) {
        await client.call('logIn', { uri, ...login });
      }
    }
    current = await client.call('getTrackingServer', {});
    changed.fire();
  };
  const readQuietly = (): void => void read().catch((error: unknown) => log.warn(`tracking server: ${describeFailure(error)}`));

  disposables.add(
    connection.onDidChangeState((state) => {
      if (state === 'running') {
        readQuietly();
      }
    }),
  );
  disposables.add(
    connection.onDidReceive(({ topic }) => {
      if (topic === 'companion') {
        readQuietly();
      }
    }),
  );
  const timer = setInterval(() => {
    if (current !== undefined && current.uri !== '' && connection.state === 'running' && isShown()) {
      connection.call('lookForChanges', {}).catch((error: unknown) => log.debug(`changes: ${describeFailure(error)}`));
    }
  }, lookMilliseconds);
  return {
    get current() {
      return current;
    },
    onDidChange: changed.event,
    dispose() {
      clearInterval(timer);
      disposables.dispose();
      changed.dispose();
    },
  };
}
