import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CallInput } from '../../contract/api.ts';
import type { ModelVersion, RegisteredModel } from '../../contract/registry.ts';
import { Problem } from '../../platform/errors.ts';
import { valuesOf } from '../local/contractVersion.ts';
import { describeEnvironment } from '../modelDescription.ts';
import { cellOf, dataOf, gitOf } from '../../tracking/contractRun.ts';
import { describeModel } from '../../models/mlmodel.ts';
import { MlflowRefusal, type MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { nameFilter, pages, registeredPage, versionPage, withToken } from '../../transfer/serverReader.ts';
import type { CarriedRegisteredModel, CarriedVersion } from '../../transfer/store.ts';
import { registeredModelWire, versionWire } from '../../transfer/wire.ts';
import type { LoggedModelCache } from '../../tracking/shared/loggedModelCache.ts';
import type { Located } from '../../tracking/shared/modelPlace.ts';
import type { ModelTexts } from '../../tracking/shared/fetchedTexts.ts';
import type { RemoteRun, RemoteRuns } from '../../tracking/shared/sharedRuns.ts';

export interface NamedVersion extends CarriedVersion {
  readonly name: string;
}

/** What was fetched of a version's files. */
export interface FetchedVersion {
  readonly digest: string;
  readonly bytes: number;
}

type Registration = CallInput<'registerVersion'>;

/** Registered models of a shared server. */
export interface RemoteRegistry {
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
  /** Versions of a model, the newest first. */
  versions(name: string): Promise<NamedVersion[]>;
  deleteVersion(name: string, version: number): Promise<void>;
  /** With its versions. */
  deleteModel(name: string): Promise<void>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
}

export interface RemoteRegistryOptions {
  readonly url: string;
  readonly client: MlflowClient;
  readonly models: LoggedModelCache;
  readonly texts: ModelTexts;
  readonly runs: RemoteRuns;
  /** Undefined for a version of which not all files are on this machine. */
  readonly fetched: (name: string, version: number) => FetchedVersion | undefined;
}

const versionsPerPage = 1000;
const noPrompts = "tag.`mlflow.prompt.is_prompt` != 'true'";
const nothing = z.object({});
const named = z.object({ name: z.string() }).loose();
const namedVersions = versionPage.extend({ model_versions: z.array(named).default([]) });

function toVersion(wire: z.output<typeof named>): NamedVersion {
  return { ...versionWire.parse(wire), name: wire.name };
}

type FindRun = (runId: string) => Promise<RemoteRun | undefined>;

export function createRemoteRegistry({ url, client, models: loggedModels, texts, runs, fetched }: RemoteRegistryOptions): RemoteRegistry {
  /** Finds each run once; undefined for one that is gone. */
  const findOnce = (): FindRun => {
    const found = new Map<string, Promise<RemoteRun | undefined>>();
    return (runId) => {
      const run =
        found.get(runId) ??
        runs.find(runId).catch((error: unknown) => {
          if (MlflowRefusal.isMissing(error)) {
            return undefined;
          }
          throw error;
        });
      found.set(runId, run);
      return run;
    };
  };
  const versionsWhere = async (filter: string): Promise<NamedVersion[]> => {
    const all: NamedVersion[] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof namedVersions>> =>
      client.get('/model-versions/search', { ...(filter === '' ? {} : { filter }), max_results: String(versionsPerPage), ...withToken(next) }, namedVersions);
    for await (const { model_versions: found } of pages(ask)) {
      all.push(...found.map(toVersion));
    }
    return all.sort((a, b) => b.version - a.version);
  };
  const locateVersion = async (version: NamedVersion, findRun: FindRun): Promise<Located> => {
    const model = version.modelId === undefined ? undefined : await loggedModels.find(version.modelId);
    if (model !== undefined) {
      return { location: model.artifactUri, modelId: model.id, run: undefined };
    }
    const query = { name: version.name, version: String(version.version) };
    const { artifact_uri: location } = await client.get('/model-versions/get-download-uri', query, z.object({ artifact_uri: z.string().default('') }));
    return { location, modelId: undefined, run: version.runId === undefined ? undefined : (await findRun(version.runId))?.run };
  };

  const describe = async (version: NamedVersion, aliases: CarriedRegisteredModel['aliases'], findRun: FindRun): Promise<ModelVersion> => {
    const [found, model, place] = await Promise.all([
      version.runId === undefined ? undefined : findRun(version.runId),
      version.modelId === undefined ? undefined : loggedModels.find(version.modelId),
      locateVersion(version, findRun),
    ]);
    const [mlmodel, requirements, pythonEnvironment] = await Promise.all(['MLmodel', 'requirements.txt', 'python_env.yaml'].map((file) => texts.read(place, file)));
    const { flavors, signature, python, bytes } = describeModel(mlmodel ?? '');
    const run = found?.run;
    const cell = run === undefined ? undefined : cellOf(run.tags);
    const git = run === undefined ? undefined : gitOf(run.tags);
    const known = fetched(version.name, version.version);
    const size = known?.bytes ?? bytes;
    const onlyModel = run?.models.filter(({ direction }) => direction === 'output').length === 1;
    return {
      name: version.name,
      version: version.version,
      server: url,
      description: version.description ?? '',
      createdAt: version.createdAt,
      ...(version.modelId === undefined ? {} : { modelId: version.modelId }),
      aliases: [...aliases].filter(([, number]) => number === version.version).map(([alias]) => alias),
      tags: Object.fromEntries(version.tags),
      ...(known === undefined ? {} : { digest: known.digest }),
      ...(size === undefined ? {} : { bytes: size }),
      flavors: [...flavors],
      ...(signature === undefined ? {} : { signature }),
      ...valuesOf(found === undefined ? undefined : { params: found.run.params, metrics: found.metrics }, model, onlyModel),
      lineage: {
        ...(version.runId === undefined ? {} : { runId: version.runId }),
        ...(cell === undefined ? {} : { cell }),
        ...(git === undefined ? {} : { git }),
        data: run === undefined ? [] : dataOf(run),
        ...(requirements === undefined || requirements === ''
          ? {}
          : { environment: describeEnvironment(requirements, createHash('sha256').update(requirements).digest('hex'), pythonEnvironment ?? '', python) }),
      },
    };
  };
  const describeAll = async (model: CarriedRegisteredModel, versions: readonly NamedVersion[], findRun: FindRun): Promise<RegisteredModel> => ({
    name: model.name,
    description: model.description ?? '',
    createdAt: model.createdAt,
    updatedAt: model.updatedAt,
    tags: Object.fromEntries(model.tags),
    aliases: Object.fromEntries(model.aliases),
    versions: await Promise.all(versions.map((version) => describe(version, model.aliases, findRun))),
  });

  const registered = async (): Promise<CarriedRegisteredModel[]> => {
    const all: CarriedRegisteredModel[] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof registeredPage>> =>
      client.get('/registered-models/search', { filter: noPrompts, max_results: '200', order_by: ['last_updated_timestamp DESC'], ...withToken(next) }, registeredPage);
    for await (const { registered_models: found } of pages(ask)) {
      all.push(...found);
    }
    return all;
  };
  const find = async (name: string): Promise<CarriedRegisteredModel> => {
    try {
      return (await client.get('/registered-models/get', { name }, z.object({ registered_model: registeredModelWire }))).registered_model;
    } catch (error) {
      if (!MlflowRefusal.isMissing(error)) {
        throw error;
      }
      const names = (await registered()).map((model) => model.name);
      throw new Problem('not-found', `There is no registered model "${name}" on ${url}.`, {
        field: 'model',
        remedy: names.length === 0 ? 'Register a model first.' : `Registered models: ${names.slice(0, 20).join(', ')}.`,
      });
    }
  };
  const versionsOf = async (name: string): Promise<NamedVersion[]> => (await versionsWhere(nameFilter(name))).filter((version) => version.name === name);
  const select = async (name: string, selector: number | string): Promise<{ model: CarriedRegisteredModel; version: NamedVersion }> => {
    const [model, versions] = await Promise.all([find(name), versionsOf(name)]);
    const text = String(selector).replace(/^@/, '');
    const number = /^\d+$/.test(text) ? Number(text) : text.toLowerCase() === 'latest' ? versions[0]?.version : model.aliases.get(text);
    const version = versions.find((candidate) => candidate.version === number);
    if (version === undefined) {
      const aliases = [...model.aliases].map(([alias, target]) => `@${alias} (version ${target})`);
      throw new Problem('not-found', `"${name}" has no version or alias "${text}" on ${url}.`, {
        field: 'version',
        remedy: `Aliases: ${aliases.join(', ') || 'none'}. Versions: ${versions.map((each) => each.version).join(', ') || 'none'}.`,
      });
    }
    return { model, version };
  };
  const resolve: RemoteRegistry['resolve'] = async (name, selector) => {
    const { model, version } = await select(name, selector);
    return describe(version, model.aliases, findOnce());
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
  const setAlias: RemoteRegistry['setAlias'] = async (name, alias, version) => {
    await client.send('POST', '/registered-models/alias', { name, alias, version: String(version) }, nothing);
  };

  return {
    async models() {
      const [all, versions] = await Promise.all([registered(), versionsWhere('')]);
      const findRun = findOnce();
      return Promise.all(all.map((model) => describeAll(model, versions.filter(({ name }) => name === model.name), findRun)));
    },
    async model(name) {
      const [model, versions] = await Promise.all([find(name), versionsOf(name)]);
      return describeAll(model, versions, findOnce());
    },
    version: resolve,
    resolve,
    async locate(name, version) {
      return locateVersion((await select(name, version)).version, findOnce());
    },
    async register({ name, source, description = '', aliases = [], tags = {} }) {
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
    },
    async describe(name, version, description) {
      await client.send('PATCH', '/model-versions/update', { name, version: String(version), description }, nothing);
    },
    versions: versionsOf,
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
