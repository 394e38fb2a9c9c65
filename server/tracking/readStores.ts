import type { BlobReader } from '../store/blobStore.ts';
import type { Database } from '../store/database.ts';
import { createArtifactReader, type ArtifactReader } from './artifacts.ts';
import { createExperiments, type Experiments } from './experiments.ts';
import { createLoggedModels, type LoggedModels } from './loggedModels.ts';
import { createMetricCurves, type MetricCurves } from './metricCurves.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRunReader, type RunDetails } from './runDetails.ts';
import { createRuns, type RunRow, type Runs } from './runs.ts';
import { createRunSearch, type RunQuery } from './search/runSearch.ts';

/** The stores of tracking that reads need; on a read-only connection their writes fail. */
export interface ReadStores {
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly metrics: Metrics;
  readonly curves: MetricCurves;
  readonly models: LoggedModels;
  readonly artifacts: ArtifactReader;
  readonly describeRuns: (rows: readonly RunRow[]) => RunDetails[];
  readonly searchRuns: (query: RunQuery) => RunRow[];
}

export function openReadStores(database: Database, blobs: BlobReader): ReadStores {
  const experiments = createExperiments(database);
  const metrics = createMetrics(database);
  return {
    experiments,
    metrics,
    runs: createRuns(database, experiments),
    curves: createMetricCurves(database, metrics),
    models: createLoggedModels(database, experiments),
    artifacts: createArtifactReader(database, blobs),
    describeRuns: createRunReader(database, metrics),
    searchRuns: createRunSearch(database, metrics),
  };
}
