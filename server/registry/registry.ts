import type { BlobStore } from '../artifacts/blobs.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Feature } from '../platform/feature.ts';
import type { Readers } from '../platform/threads/readers.ts';
import type { Tracking } from '../tracking/tracking.ts';
import type { TrackingServerConnection } from '../trackingServer/trackingServer.ts';
import { createLocalRegistry, type LocalRegistry } from './local/localRegistry.ts';
import { createLocalRegistryStore } from './local/localRegistryStore.ts';
import { createPurge } from './local/purge.ts';
import type { RegistryRead } from './local/reads.ts';
import { registryRouter } from './routes.ts';
import { createSharedRegistry } from './shared/sharedRegistry.ts';
import type { RegistryStore } from './store.ts';

/** Refuses by throwing, for example because an endpoint serves the version. @param server URL of the MLflow server that holds it; undefined for this machine */
export type DeletionGuard = (name: string, version: number, server: string | undefined) => void;

/** Registered models and their versions, on this machine or on the shared server that the settings name. */
export interface Registry extends Feature {
  readonly local: LocalRegistry;
  /** The store that is in use. */
  current(): RegistryStore;
  /** @param server URL of an MLflow server, also of one that the settings named before; undefined for this machine */
  at(server: string | undefined): RegistryStore;
  /** Asked before a version is deleted or renamed. */
  onBeforeDelete(guard: DeletionGuard): void;
}

export interface RegistryNeeds {
  readonly tracking: Pick<Tracking, 'local' | 'shared'>;
  readonly connection: TrackingServerConnection;
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  readonly readers: Readers<RegistryRead>;
}

export function createRegistry(context: CompanionContext, { tracking, connection, blobs, audit, readers }: RegistryNeeds): Registry {
  const local = createLocalRegistry(context, tracking.local, audit);
  const purge = createPurge(context, { tracking: tracking.local, blobs, audit });
  const localStore = createLocalRegistryStore(context, { registry: local, tracking: tracking.local, purge, readers });
  const guards: DeletionGuard[] = [];
  const guard: DeletionGuard = (name, version, server) => guards.forEach((check) => check(name, version, server));
  local.onBeforeDelete(({ name, version }) => guard(name, version, undefined));
  const sharedAt = createSharedRegistry(context, { tracking: tracking.shared, outbox: connection.outbox, blobs, audit, guard });
  const current = (): RegistryStore => {
    const server = connection.current();
    return server === undefined ? localStore : sharedAt(server);
  };
  return {
    router: registryRouter(current),
    local,
    current,
    at: (server) => (server === undefined ? localStore : sharedAt(connection.at(server))),
    onBeforeDelete: (check) => void guards.push(check),
  };
}
