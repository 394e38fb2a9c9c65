import type { BlobStore } from '../../artifacts/blobs.ts';
import type { Database } from '../../platform/database/database.ts';
import { createAliases } from '../../registry/local/aliases.ts';
import { createRegistryContents } from '../../registry/local/contents.ts';
import { createModelVersions } from '../../registry/local/modelVersions.ts';
import { createRegisteredModels } from '../../registry/local/registeredModels.ts';
import { createArtifacts, type Artifacts } from '../../tracking/local/artifacts.ts';
import { createTrackingContents, type TrackingContents } from '../../tracking/local/contents.ts';
import { createExperiments, type Experiments } from '../../tracking/local/experiments.ts';
import { createLoggedModels, type LoggedModels } from '../../tracking/local/loggedModels.ts';
import { createMetrics, type Metrics } from '../../tracking/local/metrics.ts';
import { createRunReader, type RunDetails } from '../../tracking/local/runDetails.ts';
import { createRunInputs, type RunInputs } from '../../tracking/local/runInputs.ts';
import { createRuns, type Runs, type RunRow } from '../../tracking/local/runs.ts';

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
