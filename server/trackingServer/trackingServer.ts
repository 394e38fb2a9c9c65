import type { AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Feature } from '../platform/feature.ts';
import { createSecretFile } from '../platform/secrets/secretFile.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import { createCapturePublisher, type CapturePublisher } from './capturePublisher.ts';
import { createChanges, type Changes } from './changes.ts';
import { createLogins } from './logins.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { trackingServerRouter } from './routes.ts';
import { createSharedServers, type SharedServers } from './servers.ts';

/**
 * The shared MLflow server that the settings name, and those that they named before: how they are reached, with which login, what is still to be told to
 * them, and what changed there. It has the name of its routes (contract/trackingServer.ts) and knows nothing of what a server keeps: that is in
 * tracking/shared and registry/shared.
 */
export interface TrackingServerConnection extends Feature, Pick<SharedServers, 'current' | 'at'>, Pick<Changes, 'onLook'> {
  readonly outbox: Pick<Outbox, 'put'>;
  readonly captures: Pick<CapturePublisher, 'localId' | 'remoteId'>;
  /** Something was written to the shared server from here: a look is due. */
  passed(): void;
}

export interface TrackingServerNeeds {
  readonly audit: AuditLog;
  /** Reads this machine's own runs. */
  readonly source: () => StoreReader;
  /** Name of an experiment of this machine. */
  readonly experimentName: (experimentId: string) => string;
}

/** After a write others follow: one look is made for all of them. */
const passedMilliseconds = 2000;

export function createTrackingServer(context: CompanionContext, { audit, source, experimentName }: TrackingServerNeeds): TrackingServerConnection {
  const { database, events, home, jobs, log } = context;
  const servers = createSharedServers({
    trackingUri: () => context.settings().trackingUri,
    workspace: () => context.settings().trackingWorkspace,
    logins: createLogins({ secrets: createSecretFile(home.secrets), tokenFile: home.tokenFile, log }),
    lockFile: home.lockFile,
  });
  const changes = createChanges(servers, events);
  const companionChanged = (): void => events.publish({ topic: 'companion' });
  const outbox = createOutbox({ jobs, servers, audit, changed: companionChanged });
  const captures = createCapturePublisher({
    database,
    jobs,
    servers,
    source,
    experimentName,
    published() {
      companionChanged();
      events.publish({ topic: 'experiments' });
    },
  });
  let unsubscribe: (() => void) | undefined;
  let soon: NodeJS.Timeout | undefined;

  return {
    router: trackingServerRouter({
      servers,
      changes,
      events,
      waiting: () => [...outbox.waiting(), ...captures.waiting()],
      loggedIn() {
        outbox.tryNow();
        captures.tryNow();
      },
    }),
    start() {
      outbox.tryNow();
      captures.tryNow();
      unsubscribe = events.subscribe((event) => {
        if (event.topic === 'capture') {
          captures.changed(event.runId);
        }
      });
    },
    stop() {
      unsubscribe?.();
      clearTimeout(soon);
    },
    current: () => servers.current(),
    at: (url) => servers.at(url),
    onLook: (listener) => changes.onLook(listener),
    outbox,
    captures,
    passed() {
      soon ??= setTimeout(() => {
        soon = undefined;
        changes.look().catch(() => undefined);
      }, passedMilliseconds).unref();
    },
  };
}
