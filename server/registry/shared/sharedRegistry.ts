import type { BlobStore } from '../../artifacts/blobs.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { oncePer } from '../../platform/oncePer.ts';
import type { SharedTracking } from '../../tracking/shared/sharedTracking.ts';
import type { SharedServer } from '../../trackingServer/servers.ts';
import type { TrackingServerConnection } from '../../trackingServer/trackingServer.ts';
import type { RegistryStore } from '../store.ts';
import { createFetchedFiles } from './fetchedFiles.ts';
import { createSharedModels } from './sharedModels.ts';
import { createSharedRegistryStore } from './sharedRegistryStore.ts';

export interface SharedRegistryNeeds {
  readonly tracking: SharedTracking;
  readonly outbox: TrackingServerConnection['outbox'];
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  /** @throws Problem `conflict` when an endpoint serves the version */
  readonly guard: (name: string, version: number, server: string) => void;
}

/** Registries of shared servers. */
export function createSharedRegistry({ database, events }: CompanionContext, { tracking, outbox, blobs, audit, guard }: SharedRegistryNeeds): (server: SharedServer) => RegistryStore {
  const files = createFetchedFiles(database, blobs);
  return oncePer((server: SharedServer) => {
    const { url, client } = server;
    const parts = tracking.partsOf(server);
    const registry = createSharedModels({ url, client, parts, fetched: (name, version) => files.known({ server: url, name, version }) });
    return createSharedRegistryStore({ url, ask: (work) => server.ask(() => work(registry)), reader: parts.reader, files, outbox, events, audit, guard });
  });
}
