import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ModelVersion, RegisteredModel } from '../../contract/registry.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import { describeEnvironment, emptyMlmodel, readMlmodel } from '../../models/models.ts';
import { cellOf, dataOf, gitOf } from '../../tracking/contractRun.ts';
import type { Located } from '../../tracking/shared/modelPlace.ts';
import type { SharedParts } from '../../tracking/shared/sharedParts.ts';
import type { SharedRun } from '../../tracking/shared/sharedRuns.ts';
import type { CarriedRegisteredModel, CarriedVersion } from '../../mlflow/client/carried.ts';
import { valuesOf } from '../versionValues.ts';

export interface NamedVersion extends CarriedVersion {
  readonly name: string;
}

/** What was fetched of a version's files. */
export interface FetchedVersion {
  readonly digest: string;
  readonly bytes: number;
}

export interface SharedModelsNeeds {
  readonly url: string;
  readonly client: MlflowClient;
  readonly parts: Pick<SharedParts, 'models' | 'texts' | 'runs'>;
  /** Undefined for a version of which not all files are on this machine. */
  readonly fetched: (name: string, version: number) => FetchedVersion | undefined;
}

export type FindRun = (runId: string) => Promise<SharedRun | undefined>;

/** Puts together, in the form of the companion's own API, what a server says about versions: of each, its run, its LoggedModel and its files. */
export interface SharedVersionReader {
  /** Finds each run once, for one answer; undefined for one that is gone. */
  findOnce(): FindRun;
  /** Where the files of a version lie. */
  locate(version: NamedVersion, findRun: FindRun): Promise<Located>;
  version(version: NamedVersion, aliases: CarriedRegisteredModel['aliases'], findRun: FindRun): Promise<ModelVersion>;
  model(model: CarriedRegisteredModel, versions: readonly NamedVersion[], findRun: FindRun): Promise<RegisteredModel>;
}

export function createSharedVersionReader({ url, client, parts: { models: loggedModels, texts, runs }, fetched }: SharedModelsNeeds): SharedVersionReader {
  /** Finds each run once; undefined for one that is gone. */
  const findOnce = (): FindRun => {
    const found = new Map<string, Promise<SharedRun | undefined>>();
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
    const { flavors, signature, python, bytes } = readMlmodel(mlmodel ?? '') ?? emptyMlmodel;
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
      flavors: [...flavors.keys()],
      ...(signature === undefined ? {} : { signature }),
      ...valuesOf(found === undefined ? undefined : { params: found.run.params, metrics: found.metrics }, model, onlyModel),
      lineage: {
        ...(version.runId === undefined ? {} : { runId: version.runId }),
        ...(run === undefined ? {} : { experimentId: run.experimentId }),
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

  return { findOnce, locate: locateVersion, version: describe, model: describeAll };
}
