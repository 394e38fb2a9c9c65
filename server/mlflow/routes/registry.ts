import { Problem } from '../../platform/errors.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import { aliasNotFound, checkAliasName } from '../../registry/local/aliases.ts';
import { isPrompt } from '../../contract/prompts.ts';
import { canonicalStage, type ModelVersionRow } from '../../registry/local/modelVersions.ts';
import type { RegisteredModelRow } from '../../registry/local/registeredModels.ts';
import type { LocalRegistry } from '../../registry/local/localRegistry.ts';
import { invalidType } from '../../platform/names.ts';
import { readOffset } from '../../tracking/local/search/pageToken.ts';
import { flag, integerOr, keyValues, requiredText, text, textOrEmpty, texts, toMap } from '../message.ts';
import type { MlflowRead } from '../reads.ts';
import { createRegistryWire, type RegistryWire } from '../registryWire.ts';
import { done, route, type MlflowRoute } from '../route.ts';

const mostModels = 1000;
const mostVersions = 200_000;

function parseVersion(version: string): number {
  if (!/^[+-]?\d{1,15}$/.test(version)) {
    throw new Problem('invalid-input', `Parameter 'version' must be an integer, got '${version}'.`, { field: 'version' });
  }
  return Number(version);
}

function checkLimit(limit: number, most: number): void {
  if (limit < 1) {
    throw new Problem('invalid-input', `Invalid value for max_results. It must be a positive integer, but got ${limit}`, { field: 'max_results' });
  }
  if (limit > most) {
    const { message } = invalidType('max_results', String(limit), 'str');
    // What the server says, then what the store behind it says.
    throw new Problem('invalid-input', `${message} Invalid value for request parameter max_results. It must be at most ${most}, but got value ${limit}`, { field: 'max_results' });
  }
}

/** What the routes work with. */
interface Parts {
  readonly registry: LocalRegistry;
  readonly readers: Readers<MlflowRead>;
  readonly wire: RegistryWire;
  /** Tells that a model has changed; the answer of what answers nothing else. */
  readonly changed: (model: string) => object;
  readonly versionAnswer: (row: ModelVersionRow) => object;
}

/** Registered models, their versions, aliases, tags and stages. */
export function registryRoutes(registry: LocalRegistry, readers: Readers<MlflowRead>): MlflowRoute[] {
  const wire = createRegistryWire(registry.stores);
  const parts: Parts = {
    registry,
    readers,
    wire,
    changed(model) {
      registry.changed(model);
      return done;
    },
    versionAnswer: (row) => ({ model_version: wire.versions([row])[0] ?? {} }),
  };
  return [...modelRoutes(parts), ...aliasRoutes(parts), ...versionRoutes(parts), ...versionChangeRoutes(parts)];
}

function modelRoutes({ registry, readers, wire, changed }: Parts): MlflowRoute[] {
  const { models } = registry.stores;
  const modelAnswer = (row: RegisteredModelRow): object => ({ registered_model: wire.model(row) });
  const latest = {
    fields: { name: requiredText, stages: texts },
    handle: ({ name, stages }: { readonly name: string; readonly stages: readonly string[] }): object => {
      const { id } = models.find(name);
      const wanted = stages.length === 0 ? undefined : new Set(stages.map(canonicalStage));
      const rows = wire.latestVersions(id, wanted);
      return rows.length === 0 ? {} : { model_versions: wire.versions(rows) };
    },
  };
  return [
    route('POST', '/registered-models/create', { name: requiredText, tags: keyValues, description: text }, ({ name, tags, description }, { caller }) => {
      registry.createModel(name, description, toMap(tags), caller);
      return modelAnswer(models.find(name));
    }),
    route('GET', '/registered-models/get', { name: requiredText }, ({ name }) => modelAnswer(models.find(name))),
    route('POST', '/registered-models/rename', { name: requiredText, new_name: requiredText }, ({ name, new_name: newName }, { caller }) => {
      registry.renameModel(name, newName, caller);
      return modelAnswer(models.find(newName));
    }),
    route('PATCH', '/registered-models/update', { name: requiredText, description: textOrEmpty }, ({ name, description }) => {
      const row = models.describe(name, description);
      registry.changed(name);
      return modelAnswer(row);
    }),
    route('DELETE', '/registered-models/delete', { name: requiredText }, ({ name }, { caller }) => {
      registry.deleteModel(name, caller);
      return done;
    }),
    route(
      'GET',
      '/registered-models/search',
      { filter: text, max_results: integerOr(100), order_by: texts, page_token: text },
      ({ filter, max_results: limit, order_by: orderBy, page_token: token }) => {
        checkLimit(limit, mostModels);
        return readers.read({ surface: 'mlflow', read: 'registered-models', query: { filter, orderBy, offset: readOffset(token), limit } });
      },
    ),
    route('POST', '/registered-models/get-latest-versions', latest.fields, latest.handle),
    route('GET', '/registered-models/get-latest-versions', latest.fields, latest.handle),
    route('POST', '/registered-models/set-tag', { name: requiredText, key: requiredText, value: textOrEmpty }, ({ name, key, value }) => {
      models.setTag(name, key, value);
      return changed(name);
    }),
    route('DELETE', '/registered-models/delete-tag', { name: requiredText, key: requiredText }, ({ name, key }) => {
      models.deleteTag(name, key);
      return changed(name);
    }),
  ];
}

function aliasRoutes({ registry, versionAnswer }: Parts): MlflowRoute[] {
  const { models, versions, aliases } = registry.stores;
  return [
    route('POST', '/registered-models/alias', { name: requiredText, alias: requiredText, version: requiredText }, ({ name, alias, version }, { caller }) => {
      registry.setAlias(name, alias, parseVersion(version), caller);
      return done;
    }),
    route('DELETE', '/registered-models/alias', { name: requiredText, alias: requiredText }, ({ name, alias }, { caller }) => {
      checkAliasName(alias);
      registry.deleteAlias(name, alias, caller);
      return done;
    }),
    route('GET', '/registered-models/alias', { name: requiredText, alias: requiredText }, ({ name, alias }) => {
      checkAliasName(alias);
      const { id } = models.find(name);
      if (alias.toLowerCase() === 'latest') {
        const row = versions.latest(id);
        if (row === undefined) {
          throw new Problem('not-found', `Latest version not found for model ${name}.`, { field: 'alias' });
        }
        return versionAnswer(row);
      }
      const version = aliases.find(id, alias);
      if (version === undefined) {
        throw aliasNotFound(alias);
      }
      return versionAnswer(versions.find(name, version));
    }),
  ];
}

/** Making and reading of versions. */
function versionRoutes({ registry, readers, versionAnswer }: Parts): MlflowRoute[] {
  const { versions } = registry.stores;
  return [
    route(
      'POST',
      '/model-versions/create',
      { name: requiredText, source: requiredText, run_id: text, tags: keyValues, run_link: text, description: text, model_id: text },
      ({ name, source, run_id: runId, tags, run_link: runLink, description, model_id: modelId }, { caller }) => {
        const map = toMap(tags);
        const row = registry.createVersion(
          {
            name,
            source,
            runId: runId === '' ? undefined : runId,
            modelId: modelId === '' ? undefined : modelId,
            runLink,
            description,
            tags: map,
            isPrompt: isPrompt(map),
          },
          caller,
        );
        return versionAnswer(row);
      },
    ),
    route('GET', '/model-versions/get', { name: requiredText, version: requiredText }, ({ name, version }) => versionAnswer(versions.find(name, parseVersion(version)))),
    route('GET', '/model-versions/get-download-uri', { name: requiredText, version: requiredText }, ({ name, version }) => {
      const row = versions.find(name, parseVersion(version));
      // Clients know better where a run keeps a model.
      const location = row.source?.startsWith('runs:/') === true ? row.source : row.storage_location;
      return { artifact_uri: location ?? row.source ?? '' };
    }),
    route(
      'GET',
      '/model-versions/search',
      { filter: text, max_results: integerOr(mostVersions), order_by: texts, page_token: text },
      ({ filter, max_results: limit, order_by: orderBy, page_token: token }) => {
        checkLimit(limit, mostVersions);
        return readers.read({ surface: 'mlflow', read: 'model-versions', query: { filter, orderBy, offset: readOffset(token), limit } });
      },
    ),
  ];
}

/** What changes a version that is there. */
function versionChangeRoutes({ registry, changed, versionAnswer }: Parts): MlflowRoute[] {
  const { versions } = registry.stores;
  return [
    route('PATCH', '/model-versions/update', { name: requiredText, version: requiredText, description: textOrEmpty }, ({ name, version, description }) => {
      const row = versions.describe(name, parseVersion(version), description);
      registry.changed(name);
      return versionAnswer(row);
    }),
    route('DELETE', '/model-versions/delete', { name: requiredText, version: requiredText }, ({ name, version }, { caller }) => {
      registry.deleteVersion(name, parseVersion(version), caller);
      return done;
    }),
    route(
      'POST',
      '/model-versions/transition-stage',
      { name: requiredText, version: requiredText, stage: requiredText, archive_existing_versions: flag },
      ({ name, version, stage, archive_existing_versions: archive }) => {
        const row = versions.setStage(name, parseVersion(version), stage, archive ?? false);
        registry.changed(name);
        return versionAnswer(row);
      },
    ),
    route('POST', '/model-versions/set-tag', { name: requiredText, version: requiredText, key: requiredText, value: textOrEmpty }, ({ name, version, key, value }) => {
      versions.setTag(name, parseVersion(version), key, value);
      return changed(name);
    }),
    route('DELETE', '/model-versions/delete-tag', { name: requiredText, version: requiredText, key: requiredText }, ({ name, version, key }) => {
      versions.deleteTag(name, parseVersion(version), key);
      return changed(name);
    }),
  ];
}
