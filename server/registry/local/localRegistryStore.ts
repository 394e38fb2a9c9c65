import type { CallInput } from '../../contract/api.ts';
import type { Caller } from '../../contract/caller.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { Problem } from '../../platform/errors.ts';
import type { OutputText } from '../../platform/http/implement.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import type { RegistryStore } from '../store.ts';
import { aliasStretches } from './aliases.ts';
import { logModelFile } from './fileModels.ts';
import type { LocalRegistry } from './localRegistry.ts';
import type { Purge } from './purge.ts';
import type { RegistryRead } from './reads.ts';
import { checkNewModelName } from './registeredModels.ts';

export interface LocalRegistryStoreNeeds {
  readonly registry: LocalRegistry;
  readonly tracking: LocalTracking;
  readonly purge: Purge;
  readonly readers: Readers<RegistryRead>;
}

/** The store of this machine: its database. Reads that take longer the more versions there are are answered by threads, as text. */
export function createLocalRegistryStore(context: CompanionContext, { registry, tracking, purge, readers }: LocalRegistryStoreNeeds): RegistryStore {
  const { models, versions, aliases } = registry.stores;
  const describe = (name: string): OutputText => readers.read({ surface: 'registry', read: 'model', name });
  const register = context.database.transaction(
    (name: string, modelId: string, description: string, aliasNames: readonly string[], tags: Readonly<Record<string, string>>, actor: Caller): number => {
      if (!models.exists(name)) {
        registry.createModel(name, undefined, new Map(), actor);
      }
      const { version } = registry.createVersion({ name, source: `models:/${modelId}`, modelId, description, tags: new Map(Object.entries(tags)) }, actor);
      for (const alias of aliasNames) {
        registry.setAlias(name, alias, version, actor);
      }
      return version;
    },
  );

  const modelIdOf = (source: CallInput<'registerVersion'>['source'], signal: AbortSignal): string | Promise<string> => {
    switch (source.kind) {
      case 'logged-model':
        return source.modelId;
      case 'latest-of-run':
        return latestOfRun(tracking, source.runId);
      case 'file':
        return logModelFile(tracking, source, context.settings().python || 'python3', signal);
    }
  };

  return {
    listModels: (_input, { signal }) => readers.read({ surface: 'registry', read: 'models' }, signal),
    getModel: ({ name }) => describe(name),
    getVersion: ({ name, version }) => registry.version(name, version),
    async registerVersion({ name, source, description, aliases: aliasNames, tags }, { caller, signal }) {
      if (source.kind === 'file') {
        checkNewModelName(name);
      }
      const modelId = await modelIdOf(source, signal);
      checkReady(tracking, modelId);
      return registry.version(name, register(name, modelId, description, aliasNames, tags, caller));
    },
    describeVersion({ name, version, description }) {
      versions.describe(name, version, description);
      registry.changed(name);
      return registry.version(name, version);
    },
    async tagVersion(name, version, given) {
      for (const [key, value] of Object.entries(given)) {
        versions.setTag(name, version, key, value);
      }
      registry.changed(name);
      return Promise.resolve();
    },
    deleteVersion({ name, version }, { caller }) {
      registry.deleteVersion(name, version, caller);
      return {};
    },
    deleteModel({ name }, { caller }) {
      registry.deleteModel(name, caller);
      return {};
    },
    setAlias({ name, alias, version }, { caller }) {
      registry.setAlias(name, alias, version, caller);
      return describe(name);
    },
    deleteAlias({ name, alias }, { caller }) {
      registry.deleteAlias(name, alias, caller);
      return describe(name);
    },
    listAliasMoves: ({ name, alias }) => ({ moves: aliasStretches(aliases.history(models.find(name).id, alias)), recorded: true }),
    previewPurge: (selection) => purge.preview(selection),
    async purge(selection, { caller }) {
      const report = await purge.run(selection, caller);
      context.events.publish({ topic: 'experiments', experimentId: selection.experimentIds?.[0] ?? '0' });
      return report;
    },
    version: (name, version) => registry.version(name, version),
    resolve: (name, selector) => registry.resolve(name, selector),
    files: (name, version) => registry.files(name, version),
    moveAlias(name, alias, version, by) {
      registry.setAlias(name, alias, version, by);
      return undefined;
    },
  };
}

/** The LoggedModel that a run made last. */
function latestOfRun(tracking: LocalTracking, runId: string): string {
  const latest = tracking.stores.models.ofRun(tracking.run(runId).runId).at(-1);
  if (latest === undefined) {
    throw new Problem('not-found', `The run ${runId} logged no model.`, {
      field: 'source.runId',
      remedy: 'Log a model in the run first, for example with mlflow.sklearn.log_model.',
    });
  }
  return latest.model_id;
}

function checkReady(tracking: LocalTracking, modelId: string): void {
  const { status, name } = tracking.stores.models.find(modelId);
  if (status !== 'LOGGED_MODEL_READY') {
    const why = status === 'LOGGED_MODEL_PENDING' ? 'is still being uploaded' : 'could not be uploaded';
    throw new Problem('conflict', `The model "${name}" ${why}.`, { field: 'source' });
  }
}
