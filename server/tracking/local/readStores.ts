import type { BlobReader } from '../../artifacts/blobs.ts';
import type { Database } from '../../platform/database/database.ts';
import { createActiveRunIds, type ActiveRunIds } from './activeRunIds.ts';
import { createArtifactReader, type ArtifactReader } from './artifacts.ts';
import { createExperimentList, type ExperimentList } from './experimentList.ts';
import { createExperiments, type Experiments } from './experiments.ts';
import { createLoggedModels, type LoggedModels } from './loggedModels.ts';
import { createMetricCurves, type MetricCurves } from './metricCurves.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRunReader, type RunDetails } from './runDetails.ts';
import { createRuns, type RunRow, type Runs } from './runs.ts';
import { createRunTableReader, type RunTableReader } from './runTable.ts';
import { createExperimentSearch } from './search/experimentSearch.ts';
import { createLoggedModelSearch } from './search/loggedModelSearch.ts';
import { createRunSearch, type RunQuery } from './search/runSearch.ts';

/** The stores of tracking that reads need; on a read-only connection their writes fail. */
export interface ReadStores {
  readonly activeRunIds: ActiveRunIds;
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly metrics: Metrics;
  readonly curves: MetricCurves;
  readonly models: LoggedModels;
  readonly artifacts: ArtifactReader;
  readonly blobs: BlobReader;
  readonly describeRuns: (rows: readonly RunRow[]) => RunDetails[];
  readonly experimentList: ExperimentList;
  readonly readRunTable: RunTableReader;
  readonly searchExperiments: ReturnType<typeof createExperimentSearch>;
  readonly searchModels: ReturnType<typeof createLoggedModelSearch>;
  readonly searchRuns: (query: RunQuery) => RunRow[];
}

export function openReadStores(database: Database, blobs: BlobReader): ReadStores {
  const experiments = createExperiments(database);
  const metrics = createMetrics(database);
  const models = createLoggedModels(database, experiments);
  const describeRuns = createRunReader(database, metrics);
  const searchExperiments = createExperimentSearch(database);
  return {
    activeRunIds: createActiveRunIds(database),
    experiments,
    metrics,
    runs: createRuns(database, experiments),
    curves: createMetricCurves(database, metrics),
    models,
    artifacts: createArtifactReader(database, blobs),
    blobs,
    describeRuns,
    experimentList: createExperimentList(database, experiments, searchExperiments),
    readRunTable: createRunTableReader(database, describeRuns, models),
    searchExperiments,
    searchModels: createLoggedModelSearch(database),
    searchRuns: createRunSearch(database, metrics),
  };
}
