import type { ModelVersion, RegisteredModel } from '../../contract/registry.ts';
import { ifFound } from '../../platform/ifFound.ts';
import { cellOf, dataOf, gitOf } from '../../tracking/contractRun.ts';
import type { ReadStores } from '../../tracking/local/readStores.ts';
import type { Aliases } from './aliases.ts';
import { createModelReader, digestOf } from '../../models/models.ts';
import { valuesOf } from '../versionValues.ts';
import type { ModelVersionRow, ModelVersions } from './modelVersions.ts';
import type { RegisteredModelRow, RegisteredModels } from './registeredModels.ts';
import { filesOfVersion } from './versionFiles.ts';

export interface VersionSources {
  readonly tracking: Pick<ReadStores, 'runs' | 'models' | 'artifacts' | 'blobs' | 'describeRuns'>;
  readonly models: RegisteredModels;
  readonly versions: ModelVersions;
  readonly aliases: Aliases;
}

/** Puts together, in the form of the companion's own API, what is known about versions. */
export interface VersionReader {
  version(row: ModelVersionRow): Promise<ModelVersion>;
  model(row: RegisteredModelRow): Promise<RegisteredModel>;
}

export function createVersionReader({ tracking, models: registered, versions, aliases }: VersionSources): VersionReader {
  const { runs, models, artifacts, describeRuns } = tracking;
  const reader = createModelReader(tracking.blobs);

  const describe = async (row: ModelVersionRow, named: ReadonlyMap<string, number>, tags: ReadonlyMap<string, string> | undefined): Promise<ModelVersion> => {
    const files = filesOfVersion(artifacts, row);
    const { run_id: runId, model_id: modelId } = row;
    const runRow = runId === null ? undefined : ifFound(() => runs.find(runId));
    const run = runRow === undefined ? undefined : describeRuns([runRow])[0];
    const model = modelId === null ? undefined : ifFound(() => models.get(modelId));
    const [{ flavors, signature }, environment] = await Promise.all([reader.describe(files), reader.environment(files)]);
    const cell = run === undefined ? undefined : cellOf(run.tags);
    const git = run === undefined ? undefined : gitOf(run.tags);
    return {
      name: row.name,
      version: row.version,
      description: row.description ?? '',
      createdAt: row.created_at,
      ...(modelId === null ? {} : { modelId }),
      aliases: [...named].filter(([, version]) => version === row.version).map(([alias]) => alias),
      tags: Object.fromEntries(tags ?? []),
      digest: digestOf(files),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      flavors: [...flavors.keys()],
      ...(signature === undefined ? {} : { signature }),
      ...valuesOf(run, model, runId !== null && models.ofRun(runId).length === 1),
      lineage: {
        ...(runId === null ? {} : { runId }),
        ...(runRow === undefined ? {} : { experimentId: String(runRow.experiment) }),
        ...(cell === undefined ? {} : { cell }),
        ...(git === undefined ? {} : { git }),
        data: run === undefined ? [] : dataOf({ ...run, startedAt: run.row.started_at }),
        ...(environment === undefined ? {} : { environment }),
      },
    };
  };

  return {
    version: (row) => describe(row, aliases.ofModel(row.model), versions.tags(row.model).get(row.version)),
    async model(row) {
      const named = aliases.ofModel(row.id);
      const tags = versions.tags(row.id);
      return {
        name: row.name,
        description: row.description ?? '',
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        tags: Object.fromEntries(registered.tags(row.id)),
        aliases: Object.fromEntries(named),
        versions: await Promise.all(versions.ofModel(row.id).map((version) => describe(version, named, tags.get(version.version)))),
      };
    },
  };
}
