import type { ModelVersion } from '../../contract/registry.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import type { ModelFile } from '../../models/models.ts';
import { createAliases } from './aliases.ts';
import { createVersionReader } from './contractVersion.ts';
import { createModelVersions } from './modelVersions.ts';
import { createRegisteredModels } from './registeredModels.ts';
import { createRegistryChanges, type RegistryChanges } from './registryChanges.ts';
import type { RegistryStores } from './registryStores.ts';
import { createRegistrySearch } from './search.ts';
import { filesOfVersion } from './versionFiles.ts';
import { createVersionSelection } from './versionSelection.ts';

/** Refuses by throwing, for example because an endpoint serves the version. */
export type VersionGuard = (version: { readonly name: string; readonly version: number }) => void;

/** Registered models of this machine, for the MLflow surface and the store; every change is announced. */
export interface LocalRegistry extends RegistryChanges {
  readonly stores: RegistryStores;
  /** @throws Problem `not-found` */
  version(name: string, version: number): Promise<ModelVersion>;
  /**
   * @param selector a version number, also as text; an alias with or without `@`; or `latest`
   * @throws Problem `not-found` that names what exists
   */
  resolve(name: string, selector: number | string): Promise<ModelVersion>;
  /** The model's files, their paths relative to its folder. */
  files(name: string, version: number): ModelFile[];
  /** Says that a model changed. */
  changed(name: string): void;
  /** Asked before a version is deleted or renamed. */
  onBeforeDelete(guard: VersionGuard): void;
}

export function createLocalRegistry(context: CompanionContext, tracking: LocalTracking, audit: AuditLog): LocalRegistry {
  const { database } = context;
  const models = createRegisteredModels(database);
  const versions = createModelVersions(database, models);
  const stores: RegistryStores = { models, versions, aliases: createAliases(database), search: createRegistrySearch(database) };
  const { artifacts } = tracking.stores;
  const guards: VersionGuard[] = [];
  const read = createVersionReader({ tracking: tracking.stores, ...stores });
  const { find, sourceOf } = createVersionSelection(stores);
  const guard = (name: string, version: number): void => guards.forEach((check) => check({ name, version }));
  const changes = createRegistryChanges({ database, stores, tracking: tracking.stores, audit, sourceOf, guard });
  const changed = (name: string): void => context.events.publish({ topic: 'model', name });

  return {
    stores,
    version: async (name, version) => read.version(versions.find(name, version)),
    resolve: async (name, selector) => read.version(find(name, selector)),
    files: (name, version) => filesOfVersion(artifacts, versions.find(name, version)),
    createModel(name, description, tags, actor) {
      changes.createModel(name, description, tags, actor);
      changed(name);
    },
    createVersion(request, actor) {
      const row = changes.createVersion(request, actor);
      changed(request.name);
      return row;
    },
    deleteVersion(name, version, actor) {
      changes.deleteVersion(name, version, actor);
      changed(name);
    },
    deleteModel(name, actor) {
      changes.deleteModel(name, actor);
      changed(name);
    },
    renameModel(name, newName, actor) {
      changes.renameModel(name, newName, actor);
      changed(name);
      changed(newName);
    },
    setAlias(name, alias, version, actor) {
      changes.setAlias(name, alias, version, actor);
      changed(name);
    },
    deleteAlias(name, alias, actor) {
      changes.deleteAlias(name, alias, actor);
      changed(name);
    },
    changed,
    onBeforeDelete: (check) => void guards.push(check),
  };
}
