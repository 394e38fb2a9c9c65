import { z } from 'zod';
import type { CallInput } from '../../contract/api.ts';
import type { ModelVersion, RegisteredModel } from '../../contract/registry.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import { Problem } from '../../platform/errors.ts';
import type { Located } from '../../tracking/shared/modelPlace.ts';
import { createSharedModelSearch } from './sharedModelSearch.ts';
import { createSharedVersionReader, type NamedVersion, type SharedModelsNeeds } from './sharedVersions.ts';

type Registration = CallInput<'registerVersion'>;

/** Registered models of a shared server. */
export interface SharedModels {
  /** The most recently changed first; prompts are not among them. */
  models(): Promise<RegisteredModel[]>;
  model(name: string): Promise<RegisteredModel>;
  version(name: string, version: number): Promise<ModelVersion>;
  /** @param selector a version number, also as text; an alias with or without `@`; or `latest` */
  resolve(name: string, selector: number | string): Promise<ModelVersion>;
  /** Where the files of a version lie. */
  locate(name: string, version: number): Promise<Located>;
  register(registration: Registration): Promise<ModelVersion>;
  describe(name: string, version: number, description: string): Promise<void>;
  tagVersion(name: string, version: number, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Versions of a model, the newest first. */
  versions(name: string): Promise<NamedVersion[]>;
  deleteVersion(name: string, version: number): Promise<void>;
  /** With its versions. */
  deleteModel(name: string): Promise<void>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
}

const nothing = z.object({});

export function createSharedModels(needs: SharedModelsNeeds): SharedModels {
  const { url, client, parts: { models: loggedModels, runs } } = needs;
  const search = createSharedModelSearch(url, client);
  const reader = createSharedVersionReader(needs);
  const resolve: SharedModels['resolve'] = async (name, selector) => {
    const { model, version } = await search.select(name, selector);
    return reader.version(version, model.aliases, reader.findOnce());
  };
  /** The LoggedModel that a run made last. */
  const latestOfRun = async (runId: string): Promise<string> => {
    const { run } = await runs.find(runId);
    const latest = run.models.filter(({ direction }) => direction === 'output').at(-1);
    if (latest === undefined) {
      throw new Problem('not-found', `The run ${runId} logged no model.`, { field: 'source.runId', remedy: 'Log a model in the run first, for example with mlflow.sklearn.log_model.' });
    }
    return latest.modelId;
  };
  const setAlias: SharedModels['setAlias'] = async (name, alias, version) => {
    await client.send('POST', '/registered-models/alias', { name, alias, version: String(version) }, nothing);
  };
  const register: SharedModels['register'] = async ({ name, source, description = '', aliases = [], tags = {} }) => {
    if (source.kind === 'file') {
      throw new Problem('unavailable', `Files are registered on this machine, not on ${url}.`, {
        field: 'source',
        remedy: 'Log the model with mlflow and register that, or empty slipway.tracking.uri.',
      });
    }
    const modelId = source.kind === 'logged-model' ? source.modelId : await latestOfRun(source.runId);
    const logged = await loggedModels.find(modelId);
    if (logged === undefined) {
      throw new Problem('not-found', `There is no logged model ${modelId} on ${url}.`, { field: 'source' });
    }
    if (logged.status !== 'LOGGED_MODEL_READY') {
      throw new Problem('conflict', `The model "${logged.name}" ${logged.status === 'LOGGED_MODEL_PENDING' ? 'is still being uploaded' : 'could not be uploaded'}.`, { field: 'source' });
    }
    await client.send('POST', '/registered-models/create', { name }, nothing).catch((error: unknown) => {
      if (!(error instanceof MlflowRefusal && error.code === 'RESOURCE_ALREADY_EXISTS')) {
        throw error;
      }
    });
    const { model_version: made } = await client.send(
      'POST',
      '/model-versions/create',
      {
        name,
        source: `models:/${modelId}`,
        model_id: modelId,
        ...(logged.sourceRunId === undefined ? {} : { run_id: logged.sourceRunId }),
        description,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      },
      z.object({ model_version: z.object({ version: z.coerce.number() }) }),
    );
    for (const alias of aliases) {
      await setAlias(name, alias, made.version);
    }
    return resolve(name, made.version);
  };

  return {
    async models() {
      const [all, versions] = await Promise.all([search.models(), search.versions()]);
      const findRun = reader.findOnce();
      return Promise.all(all.map((model) => reader.model(model, versions.filter(({ name }) => name === model.name), findRun)));
    },
    async model(name) {
      const [model, versions] = await Promise.all([search.find(name), search.versionsOf(name)]);
      return reader.model(model, versions, reader.findOnce());
    },
    version: resolve,
    resolve,
    async locate(name, version) {
      return reader.locate((await search.select(name, version)).version, reader.findOnce());
    },
    register,
    async describe(name, version, description) {
      await client.send('PATCH', '/model-versions/update', { name, version: String(version), description }, nothing);
    },
    async tagVersion(name, version, given) {
      for (const [key, value] of Object.entries(given)) {
        await client.send('POST', '/model-versions/set-tag', { name, version: String(version), key, value }, nothing);
      }
    },
    versions: (name) => search.versionsOf(name),
    async deleteModel(name) {
      await client.send('DELETE', '/registered-models/delete', { name }, nothing);
    },
    async deleteVersion(name, version) {
      await client.send('DELETE', '/model-versions/delete', { name, version: String(version) }, nothing);
    },
    setAlias,
    async deleteAlias(name, alias) {
      await client.send('DELETE', '/registered-models/alias', { name, alias }, nothing);
    },
  };
}
