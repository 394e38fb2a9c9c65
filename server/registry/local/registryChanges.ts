import type { Caller } from '../../contract/caller.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Database } from '../../platform/database/database.ts';
import { writePythonJson } from '../../platform/pythonJson.ts';
import type { TrackingStores } from '../../tracking/local/localTracking.ts';
import { checkPromptSource } from '../promptSource.ts';
import { checkAlias } from './aliases.ts';
import type { ModelVersionRow } from './modelVersions.ts';
import { checkModelName } from './registeredModels.ts';
import type { RegistryStores } from './registryStores.ts';
import { resolveSource, type FindVersion } from './versionSource.ts';

export interface VersionRequest {
  readonly name: string;
  readonly source: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** A prompt: its text is a tag, there are no files. */
  readonly isPrompt?: boolean;
}

/** Changes of the registry, each with its entry in the audit log as one transaction, or a part of the caller's. */
export interface RegistryChanges {
  createModel(name: string, description: string | undefined, tags: ReadonlyMap<string, string>, actor: Caller): void;
  /** Registers the next version of a model that exists. */
  createVersion(request: VersionRequest, actor: Caller): ModelVersionRow;
  deleteVersion(name: string, version: number, actor: Caller): void;
  deleteModel(name: string, actor: Caller): void;
  renameModel(name: string, newName: string, actor: Caller): void;
  setAlias(name: string, alias: string, version: number, actor: Caller): void;
  /** Nothing happens when there is no such alias. */
  deleteAlias(name: string, alias: string, actor: Caller): void;
}

export interface RegistryChangesNeeds {
  readonly database: Database;
  readonly stores: Omit<RegistryStores, 'search'>;
  readonly tracking: TrackingStores;
  readonly audit: AuditLog;
  readonly sourceOf: FindVersion;
  /** Refuses by throwing. */
  readonly guard: (name: string, version: number) => void;
}

export function createRegistryChanges({ database, stores: { models, versions, aliases }, tracking, audit, sourceOf, guard }: RegistryChangesNeeds): RegistryChanges {
  const createVersion = database.transaction((request: VersionRequest, actor: Caller): ModelVersionRow => {
    const prompt = request.isPrompt === true;
    if (prompt) {
      checkPromptSource(request.source);
    }
    const resolved = prompt ? { source: request.source, location: '', runId: undefined, modelId: undefined } : resolveSource(request, tracking, sourceOf);
    const row = versions.add(models.find(request.name), {
      source: resolved.source,
      location: resolved.location,
      runId: resolved.runId,
      modelId: resolved.modelId,
      runLink: request.runLink,
      description: request.description,
      tags: request.tags,
      user: actor.user,
    });
    if (request.modelId !== undefined) {
      noteVersion(request.modelId, row);
    }
    audit.append({
      actor,
      action: 'version.registered',
      subject: row.name,
      detail: { version: row.version, source: resolved.source, ...(resolved.runId === undefined ? {} : { runId: resolved.runId }) },
    });
    return row;
  });

  /** MLflow lists on a LoggedModel, in a tag, the versions made of it. */
  const noteVersion = (modelId: string, { name, version }: ModelVersionRow): void => {
    const key = 'mlflow.modelVersions';
    const before = tracking.models.get(modelId).tags.get(key);
    let list: unknown;
    try {
      list = before === undefined ? [] : JSON.parse(before);
    } catch {
      list = [];
    }
    const entries: unknown[] = Array.isArray(list) ? list : [];
    tracking.models.setTags(modelId, [[key, writePythonJson([...entries, { name, version }])]]);
  };

  const deleteVersion = database.transaction((name: string, version: number, actor: Caller) => {
    versions.find(name, version);
    guard(name, version);
    for (const [alias, target] of aliases.ofModel(models.find(name).id)) {
      if (target === version) {
        aliases.remove(models.find(name).id, alias, actor.user);
      }
    }
    versions.delete(name, version);
    audit.append({ actor, action: 'version.deleted', subject: name, detail: { version } });
  });
  const deleteModel = database.transaction((name: string, actor: Caller) => {
    const numbers = versions.ofModel(models.find(name).id).map(({ version }) => version);
    numbers.forEach((version) => guard(name, version));
    models.delete(name);
    audit.append({ actor, action: 'model.deleted', subject: name, detail: { versions: numbers } });
  });
  const renameModel = database.transaction((name: string, newName: string, actor: Caller) => {
    checkModelName(newName, 'new_name');
    versions.ofModel(models.find(name).id).forEach(({ version }) => guard(name, version));
    models.rename(name, newName);
    audit.append({ actor, action: 'model.renamed', subject: name, detail: { to: newName } });
  });
  const setAlias = database.transaction((name: string, alias: string, version: number, actor: Caller) => {
    checkModelName(name);
    checkAlias(alias);
    const { model } = versions.find(name, version);
    const from = aliases.set(model, alias, version, actor.user);
    models.touch(model);
    if (from !== version) {
      audit.append({ actor, action: 'alias.set', subject: name, detail: { alias, version, ...(from === undefined ? {} : { from }) } });
    }
  });
  const deleteAlias = database.transaction((name: string, alias: string, actor: Caller) => {
    const { id } = models.find(name);
    const from = aliases.remove(id, alias, actor.user);
    if (from !== undefined) {
      models.touch(id);
      audit.append({ actor, action: 'alias.deleted', subject: name, detail: { alias, from } });
    }
  });
  const createModel = database.transaction((name: string, description: string | undefined, tags: ReadonlyMap<string, string>, actor: Caller) => {
    models.create(name, description, tags);
    audit.append({ actor, action: 'model.created', subject: name });
  });

  return { createModel, createVersion, deleteVersion, deleteModel, renameModel, setAlias, deleteAlias };
}
