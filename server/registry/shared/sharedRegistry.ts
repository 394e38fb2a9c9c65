import type { Router } from 'express';
import type { Caller } from '../../contract/caller.ts';
import { registryRoutes } from '../../contract/registry.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { EventHub } from '../../platform/http/events.ts';
import { checkModelName } from '../local/registeredModels.ts';
import type { RemoteStore } from '../../trackingServer/sharedStores.ts';
import type { RemoteServer } from '../../trackingServer/servers.ts';

export interface SharedRegistryOptions {
  /** @throws Problem when no shared server is in use any more */
  readonly current: () => RemoteServer;
  readonly events: EventHub;
  readonly audit: AuditLog;
  /** @throws Problem `conflict` when an endpoint serves the version */
  readonly refuseIfServed: (name: string, version: number, server: string) => void;
}

/** Mounts the companion's own routes of the registry, answered by the shared server that is in use. */
export function mountSharedRegistry(router: Router, { current, events, audit, refuseIfServed }: SharedRegistryOptions): void {
  const ask = <T>(work: (store: RemoteStore) => Promise<T>): Promise<T> => current().ask(work);
  const changed = (actor: Caller, action: string | undefined, name: string, detail: Readonly<Record<string, unknown>>): void => {
    if (action !== undefined) {
      audit.append({ actor, action, subject: name, detail: { ...detail, server: current().url } });
    }
    events.publish({ topic: 'model', name });
  };

  implementAll(router, registryRoutes, {
    listModels: () => ask(async ({ registry }) => ({ models: await registry.models() })),
    getModel: ({ name }) => ask(({ registry }) => registry.model(name)),
    getVersion: ({ name, version }) => ask(({ registry }) => registry.version(name, version)),
    registerVersion: (registration, { caller }) =>
      ask(async ({ registry }) => {
        checkModelName(registration.name);
        const version = await registry.register(registration);
        const { runId } = version.lineage;
        changed(caller, 'version.registered', version.name, { version: version.version, ...(runId === undefined ? {} : { runId }) });
        return version;
      }),
    describeVersion: ({ name, version, description }, { caller }) =>
      ask(async ({ registry }) => {
        await registry.describe(name, version, description);
        changed(caller, undefined, name, {});
        return registry.version(name, version);
      }),
    deleteVersion: ({ name, version }, { caller }) =>
      ask(async ({ registry }) => {
        refuseIfServed(name, version, current().url);
        await registry.deleteVersion(name, version);
        changed(caller, 'version.deleted', name, { version });
        return {};
      }),
    deleteModel: ({ name }, { caller }) =>
      ask(async ({ registry }) => {
        const versions = (await registry.versions(name)).map(({ version }) => version);
        versions.forEach((version) => refuseIfServed(name, version, current().url));
        await registry.deleteModel(name);
        changed(caller, 'model.deleted', name, { versions });
        return {};
      }),
    setAlias: ({ name, alias, version }, { caller }) =>
      ask(async ({ registry }) => {
        await registry.setAlias(name, alias, version);
        changed(caller, 'alias.set', name, { alias, version });
        return registry.model(name);
      }),
    deleteAlias: ({ name, alias }, { caller }) =>
      ask(async ({ registry }) => {
        await registry.deleteAlias(name, alias);
        changed(caller, 'alias.deleted', name, { alias });
        return registry.model(name);
      }),
    listAliasMoves: ({ name }) =>
      ask(async ({ registry }) => {
        await registry.versions(name);
        return { moves: [], recorded: false };
      }),
  });
}
