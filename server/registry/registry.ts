import type { Caller } from '../contract/caller.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { ModelVersion } from '../contract/registry.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Readers } from '../platform/threads/readers.ts';
import { writePythonJson } from '../platform/pythonJson.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { aliasNotFound, checkAlias, createAliases, type Aliases } from './local/aliases.ts';
import { createVersionReader } from './local/contractVersion.ts';
import type { ModelFile } from './modelDescription.ts';
import type { VersionReference } from './modelUri.ts';
import { canonicalStage, createModelVersions, type ModelVersionRow, type ModelVersions } from './local/modelVersions.ts';
import { checkModelName, createRegisteredModels, type RegisteredModels } from './local/registeredModels.ts';
import { checkPromptSource, isPrompt } from './prompts.ts';
import { createPurge } from './local/purge.ts';
import type { RegistryRead } from './local/reads.ts';
import { registryRouter } from './routes.ts';
import { createRegistrySearch, type RegistrySearch } from './local/search.ts';
import { blobPath, filesOfVersion } from './local/versionFiles.ts';
import { resolveSource, type ResolvedSource } from './local/versionSource.ts';

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

export interface RegistryStores {
  readonly models: RegisteredModels;
  readonly versions: ModelVersions;
  readonly aliases: Aliases;
  readonly search: RegistrySearch;
}

/** Refuses by throwing, for example because an endpoint serves the version. */
export type VersionGuard = (version: { readonly name: string; readonly version: number }) => void;

/** Registered models and their versions, for the MLflow surface and the other features. */
export interface Registry extends Feature {
  readonly stores: RegistryStores;
  /** @throws Problem `not-found` */
  version(name: string, version: number): ModelVersion;
  /**
   * @param selector a version number, also as text; an alias with or without `@`; or `latest`
   * @throws Problem `not-found` that names what exists
   */
  resolve(name: string, selector: number | string): ModelVersion;
  /** The model's files, their paths relative to its folder. */
  files(name: string, version: number): ModelFile[];
  /** Where the content of a file lies on disk. */
  blobPath(sha256: string): string;
  createModel(name: string, description: string | undefined, tags: ReadonlyMap<string, string>, actor: Caller): void;
  /** Registers the next version of a model that exists. */
  createVersion(request: VersionRequest, actor: Caller): ModelVersionRow;
  deleteVersion(name: string, version: number, actor: Caller): void;
  deleteModel(name: string, actor: Caller): void;
  renameModel(name: string, newName: string, actor: Caller): void;
  /** May be called inside a transaction of the caller. */
  setAlias(name: string, alias: string, version: number, actor: Caller): void;
  /** Nothing happens when there is no such alias. */
  deleteAlias(name: string, alias: string, actor: Caller): void;
  /** Says that a model changed. */
  changed(name: string): void;
  /** Asked before a version is deleted or renamed. */
  onBeforeDelete(guard: VersionGuard): void;
}

export function createRegistry(context: CompanionContext, tracking: Tracking, audit: AuditLog, readers: Readers<RegistryRead>): Registry {
  const { database } = context;
  const models = createRegisteredModels(database);
  const versions = createModelVersions(database, models);
  const aliases = createAliases(database);
  const { artifacts } = tracking.stores;
  const guards: VersionGuard[] = [];

  const read = createVersionReader({ tracking: tracking.stores, models, versions, aliases });
  const changed = (name: string): void => context.events.publish({ topic: 'model', name });
  const guard = (name: string, version: number): void => guards.forEach((check) => check({ name, version }));

  const find = (name: string, selector: number | string): ModelVersionRow => {
    const model = models.exists(name) ? models.find(name) : undefined;
    if (model === undefined) {
      const names = models.names();
      throw new Problem('not-found', `There is no registered model "${name}".`, {
        field: 'model',
        remedy: names.length === 0 ? 'Register a model first.' : `Registered models: ${names.slice(0, 20).join(', ')}.`,
      });
    }
    const text = String(selector);
    if (/^\d+$/.test(text)) {
      return versions.find(name, Number(text));
    }
    const alias = text.replace(/^@/, '');
    const found = alias.toLowerCase() === 'latest' ? versions.latest(model.id)?.version : aliases.find(model.id, alias);
    if (found === undefined) {
      const known = [...aliases.ofModel(model.id)].map(([key, version]) => `@${key} (version ${version})`);
      const numbers = versions.ofModel(model.id).map(({ version }) => version);
      throw new Problem('not-found', alias.toLowerCase() === 'latest' ? `"${name}" has no versions.` : `"${name}" has no alias "${alias}".`, {
        field: 'version',
        remedy: `Aliases: ${known.join(', ') || 'none'}. Versions: ${numbers.join(', ') || 'none'}.`,
      });
    }
    return versions.find(name, found);
  };
  const numberOf = (model: number, reference: VersionReference): number => {
    switch (reference.kind) {
      case 'version':
        return reference.version;
      case 'alias': {
        const found = aliases.find(model, reference.alias);
        if (found === undefined) {
          throw aliasNotFound(reference.alias);
        }
        return found;
      }
      case 'stage':
      case 'latest': {
        const stage = reference.kind === 'stage' ? canonicalStage(reference.stage) : undefined;
        const found = versions.ofModel(model).find((row) => stage === undefined || row.stage === stage);
        if (found === undefined) {
          const of = stage === undefined ? '' : ` and stage '${stage}'`;
          throw new Problem('not-found', `No versions of model with name '${reference.name}'${of} found`, { field: 'source' });
        }
        return found.version;
      }
    }
  };
  const sourceOf = (reference: VersionReference, source: string): ResolvedSource => {
    const model = models.find(reference.name);
    if (isPrompt(models.tags(model.id))) {
      throw new Problem('invalid-input', `Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`, { field: 'source' });
    }
    const row = versions.find(reference.name, numberOf(model.id, reference));
    return { source: `models:/${row.name}/${row.version}`, location: row.storage_location ?? '', runId: row.run_id ?? undefined, modelId: row.model_id ?? undefined };
  };

  const createVersion = database.transaction((request: VersionRequest, actor: Caller): ModelVersionRow => {
    const prompt = request.isPrompt === true;
    if (prompt) {
      checkPromptSource(request.source);
    }
    const resolved = prompt ? { source: request.source, location: '', runId: undefined, modelId: undefined } : resolveSource(request, tracking.stores, sourceOf);
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
    const before = tracking.stores.models.get(modelId).tags.get(key);
    let list: unknown;
    try {
      list = before === undefined ? [] : JSON.parse(before);
    } catch {
      list = [];
    }
    const entries: unknown[] = Array.isArray(list) ? list : [];
    tracking.stores.models.setTags(modelId, [[key, writePythonJson([...entries, { name, version }])]]);
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

  const registry: Registry = {
    stores: { models, versions, aliases, search: createRegistrySearch(database) },
    version: (name, version) => read.version(versions.find(name, version)),
    resolve: (name, selector) => read.version(find(name, selector)),
    files: (name, version) => filesOfVersion(artifacts, versions.find(name, version)),
    blobPath: (sha256) => blobPath(artifacts, sha256),
    createModel(name, description, tags, actor) {
      createModel(name, description, tags, actor);
      changed(name);
    },
    createVersion(request, actor) {
      const row = createVersion(request, actor);
      changed(request.name);
      return row;
    },
    deleteVersion(name, version, actor) {
      deleteVersion(name, version, actor);
      changed(name);
    },
    deleteModel(name, actor) {
      deleteModel(name, actor);
      changed(name);
    },
    renameModel(name, newName, actor) {
      renameModel(name, newName, actor);
      changed(name);
      changed(newName);
    },
    setAlias(name, alias, version, actor) {
      setAlias(name, alias, version, actor);
      changed(name);
    },
    deleteAlias(name, alias, actor) {
      deleteAlias(name, alias, actor);
      changed(name);
    },
    changed,
    onBeforeDelete: (check) => void guards.push(check),
  };
  return { ...registry, router: registryRouter(context, tracking, registry, createPurge(context, tracking, audit), readers) };
}
