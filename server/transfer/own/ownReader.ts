import type { Database } from '../../platform/database/database.ts';
import type { BlobStore } from '../../artifacts/blobs.ts';
import { createAliases } from '../../registry/local/aliases.ts';
import { createRegistryContents } from '../../registry/local/contents.ts';
import { createModelVersions } from '../../registry/local/modelVersions.ts';
import { createRegisteredModels, type RegisteredModelRow } from '../../registry/local/registeredModels.ts';
import { createArtifacts, type Artifacts } from '../../tracking/local/artifacts.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { createTrackingContents, type LoggedModelRowWithStage, type TrackingContents } from '../../tracking/local/contents.ts';
import { createExperiments, type Experiments } from '../../tracking/local/experiments.ts';
import { createLoggedModels, type LoggedModels } from '../../tracking/local/loggedModels.ts';
import { createMetrics, type Metrics } from '../../tracking/local/metrics.ts';
import { createRunReader, type RunDetails } from '../../tracking/local/runDetails.ts';
import { createRunInputs, type RunInputs } from '../../tracking/local/runInputs.ts';
import { createRuns, type Runs, type RunRow } from '../../tracking/local/runs.ts';
import { Problem } from '../../platform/errors.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun, Place } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';

/** The stores of tracking and registry on one connection, for a thread that carries. */
export interface OwnStores {
  readonly database: Database;
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly metrics: Metrics;
  readonly inputs: RunInputs;
  readonly models: LoggedModels;
  readonly artifacts: Artifacts;
  readonly contents: TrackingContents;
  readonly registeredModels: ReturnType<typeof createRegisteredModels>;
  readonly versions: ReturnType<typeof createModelVersions>;
  readonly aliases: ReturnType<typeof createAliases>;
  readonly registry: ReturnType<typeof createRegistryContents>;
  readonly describeRuns: (rows: readonly RunRow[]) => RunDetails[];
}

export function openOwnStores(database: Database, blobs: BlobStore): OwnStores {
  const experiments = createExperiments(database);
  const metrics = createMetrics(database);
  const runs = createRuns(database, experiments);
  const registeredModels = createRegisteredModels(database);
  return {
    database,
    experiments,
    runs,
    metrics,
    inputs: createRunInputs(database, runs),
    models: createLoggedModels(database, experiments),
    artifacts: createArtifacts(database, blobs),
    contents: createTrackingContents(database, experiments),
    registeredModels,
    versions: createModelVersions(database, registeredModels),
    aliases: createAliases(database),
    registry: createRegistryContents(database, registeredModels),
    describeRuns: createRunReader(database, metrics),
  };
}

const page = 200;

/** Reads this companion's own store. */
export function createOwnReader(stores: OwnStores): StoreReader {
  const { contents, models, artifacts, registeredModels, aliases, registry } = stores;

  const toRun = ({ row, params, tags, datasets, models: linked }: RunDetails): CarriedRun => ({
    id: row.run_id,
    experimentId: String(row.experiment),
    name: row.name,
    user: row.user_id,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    stage: row.stage,
    deletedAt: contents.deletedAt(row),
    artifactUri: row.artifact_uri,
    params,
    tags,
    datasets,
    models: linked,
  });
  const toModels = (rows: readonly LoggedModelRowWithStage[]): CarriedModel[] => {
    const stages = new Map(rows.map(({ id, stage }) => [id, stage]));
    return models.describe(rows).map(({ row, params, tags, metrics }) => ({
      id: row.model_id,
      experimentId: String(row.experiment),
      name: row.name,
      type: row.model_type ?? undefined,
      sourceRunId: row.source_run_id ?? undefined,
      status: row.status,
      statusMessage: row.status_message ?? undefined,
      stage: stages.get(row.id) ?? 'active',
      artifactUri: row.artifact_uri,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      params,
      tags,
      metrics,
    }));
  };
  const toRegisteredModel = (row: RegisteredModelRow): CarriedRegisteredModel => {
    const tags = stores.versions.tags(row.id);
    return {
      name: row.name,
      description: row.description ?? undefined,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      tags: registeredModels.tags(row.id),
      versions: registry.versions(row.id).map((version) => ({
        version: version.version,
        deleted: version.deleted_at !== null,
        stage: version.stage,
        description: version.description ?? undefined,
        user: version.user_id ?? undefined,
        source: version.source ?? '',
        location: version.storage_location ?? '',
        runId: version.run_id ?? undefined,
        runLink: version.run_link ?? undefined,
        modelId: version.model_id ?? undefined,
        createdAt: version.created_at,
        updatedAt: version.updated_at,
        tags: tags.get(version.version) ?? new Map<string, string>(),
      })),
      aliases: aliases.ofModel(row.id),
    };
  };
  const rootOf = ({ uri }: Place): string => {
    const root = pathOfUri(uri);
    if (root === undefined) {
      throw new Problem('unavailable', `The artifacts at ${uri} are not in this store.`);
    }
    return root;
  };

  /** Folders of the user's that experiments name as theirs. */
  const elsewhere = createPlaceFiles({ base: '/', proxied: undefined });

  return {
    countRuns: () => contents.countRuns(),
    notes: () => [],
    *experiments() {
      yield* contents.experiments().map(({ experimentId, name, stage, createdAt, updatedAt, tags }) => ({
        id: experimentId,
        name,
        stage,
        createdAt,
        updatedAt,
        tags: new Map(Object.entries(tags)),
      }));
    },
    *runs(experimentId) {
      let after = 0;
      for (;;) {
        const rows = contents.runs(Number(experimentId), after, page);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.id;
        yield* stores.describeRuns(rows).map(toRun);
      }
    },
    run(_experimentId, runId) {
      const row = contents.run(runId);
      const [details] = row === undefined ? [] : stores.describeRuns([row]);
      return details === undefined ? undefined : toRun(details);
    },
    *points({ id }) {
      const row = contents.run(id);
      if (row !== undefined) {
        yield* contents.points(row);
      }
    },
    *models(experimentId) {
      let after = 0;
      for (;;) {
        const rows = contents.models(Number(experimentId), after, page);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.id;
        yield* toModels(rows);
      }
    },
    model(_experimentId, modelId) {
      const row = contents.model(modelId);
      return row === undefined ? undefined : toModels([row])[0];
    },
    *registeredModels() {
      yield* registeredModels.list().map(toRegisteredModel);
    },
    registeredModel(name) {
      return registeredModels.exists(name) ? toRegisteredModel(registeredModels.find(name)) : undefined;
    },
    readable: (place) => pathOfUri(place.uri) !== undefined || elsewhere.readable(place),
    async *files(place): AsyncGenerator<ArtifactFile> {
      if (pathOfUri(place.uri) === undefined) {
        yield* elsewhere.files(place);
        return;
      }
      const root = rootOf(place);
      for (const { path, bytes } of artifacts.below(root)) {
        yield { path: path.slice(root.length + 1), bytes };
      }
    },
    async *read(place, path) {
      if (pathOfUri(place.uri) === undefined) {
        yield* elsewhere.read(place, path);
        return;
      }
      const { content } = await artifacts.open(`${rootOf(place)}/${path}`);
      yield* content;
    },
    close: () => undefined,
  };
}
