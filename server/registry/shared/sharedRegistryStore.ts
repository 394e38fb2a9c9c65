import type { Caller } from '../../contract/caller.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { EventHub } from '../../platform/http/events.ts';
import { findModelPlace } from '../../tracking/shared/modelPlace.ts';
import type { SharedParts } from '../../tracking/shared/sharedParts.ts';
import { cannotDo } from '../../trackingServer/serverProblems.ts';
import type { TrackingServerConnection } from '../../trackingServer/trackingServer.ts';
import { checkNewModelName } from '../local/registeredModels.ts';
import type { RegistryStore } from '../store.ts';
import type { FetchedFiles } from './fetchedFiles.ts';
import type { SharedModels } from './sharedModels.ts';

export interface SharedRegistryStoreNeeds {
  readonly url: string;
  /** Does something with the models of the server. @throws Problem for whatever the server refuses or fails at */
  readonly ask: <T>(work: (registry: SharedModels) => Promise<T>) => Promise<T>;
  readonly reader: SharedParts['reader'];
  readonly files: FetchedFiles;
  readonly outbox: TrackingServerConnection['outbox'];
  readonly events: EventHub;
  readonly audit: AuditLog;
  /** @throws Problem `conflict` when an endpoint serves the version */
  readonly guard: (name: string, version: number, server: string) => void;
}

const purgeRemedy = 'Ask who runs the server: "mlflow gc" removes there what was deleted.';

/** The store that an MLflow server is. */
export function createSharedRegistryStore({ url, ask, reader, files, outbox, events, audit, guard }: SharedRegistryStoreNeeds): RegistryStore {
  const announce = (name: string): void => events.publish({ topic: 'model', name });
  const changed = (actor: Caller, action: string, name: string, detail: Readonly<Record<string, unknown>>): void => {
    audit.append({ actor, action, subject: name, detail: { ...detail, server: url } });
    announce(name);
  };
  return {
    listModels: () => ask(async (registry) => ({ models: await registry.models() })),
    getModel: ({ name }) => ask((registry) => registry.model(name)),
    getVersion: ({ name, version: number }) => ask((registry) => registry.version(name, number)),
    registerVersion: (registration, { caller }) =>
      ask(async (registry) => {
        checkNewModelName(registration.name);
        const made = await registry.register(registration);
        const { runId } = made.lineage;
        changed(caller, 'version.registered', made.name, { version: made.version, ...(runId === undefined ? {} : { runId }) });
        return made;
      }),
    describeVersion: ({ name, version: number, description }) =>
      ask(async (registry) => {
        await registry.describe(name, number, description);
        announce(name);
        return registry.version(name, number);
      }),
    deleteVersion: ({ name, version: number }, { caller }) =>
      ask(async (registry) => {
        guard(name, number, url);
        await registry.deleteVersion(name, number);
        changed(caller, 'version.deleted', name, { version: number });
        return {};
      }),
    deleteModel: ({ name }, { caller }) =>
      ask(async (registry) => {
        const versions = (await registry.versions(name)).map((each) => each.version);
        versions.forEach((number) => guard(name, number, url));
        await registry.deleteModel(name);
        changed(caller, 'model.deleted', name, { versions });
        return {};
      }),
    setAlias: ({ name, alias, version: number }, { caller }) =>
      ask(async (registry) => {
        await registry.setAlias(name, alias, number);
        changed(caller, 'alias.set', name, { alias, version: number });
        return registry.model(name);
      }),
    deleteAlias: ({ name, alias }, { caller }) =>
      ask(async (registry) => {
        await registry.deleteAlias(name, alias);
        changed(caller, 'alias.deleted', name, { alias });
        return registry.model(name);
      }),
    listAliasMoves: ({ name }) =>
      ask(async (registry) => {
        await registry.versions(name);
        return { moves: [], recorded: false };
      }),
    previewPurge: () => {
      throw cannotDo('Deleting permanently', url, purgeRemedy);
    },
    purge: () => {
      throw cannotDo('Deleting permanently', url, purgeRemedy);
    },
    tagVersion: (name, number, given) =>
      ask(async (registry) => {
        await registry.tagVersion(name, number, given);
        announce(name);
      }),
    version: (name, number) => ask((registry) => registry.version(name, number)),
    resolve: (name, selector) => ask((registry) => registry.resolve(name, selector)),
    files: (name, number, progress, signal) =>
      ask(async (registry) => files.fetch({ server: url, name, version: number }, findModelPlace(await registry.locate(name, number), reader), progress, signal)),
    moveAlias(name, alias, number, by) {
      const summary = `The alias ${alias} of ${name} moves to version ${number} on ${url}`;
      outbox.put({
        server: url,
        subject: `alias ${name} ${alias}`,
        path: '/registered-models/alias',
        body: { name, alias, version: String(number) },
        summary,
        audit: { actor: by, action: 'alias.set', subject: name, detail: { alias, version: number, server: url } },
      });
      return `${summary}, as soon as that answers`;
    },
  };
}
