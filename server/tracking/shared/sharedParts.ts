import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { createServerReader } from '../../mlflow/client/serverReader.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { createFetchedTexts, type FetchedTexts } from './fetchedTexts.ts';
import { createLoggedModelCache, type LoggedModelCache } from './loggedModelCache.ts';
import { createSharedArtifacts, type SharedArtifacts } from './sharedArtifacts.ts';
import { createSharedCurves, type SharedCurves } from './sharedCurves.ts';
import { createSharedExperiments, type SharedExperiments } from './sharedExperiments.ts';
import { createSharedRuns, type SharedRuns, type SharedRunsOptions } from './sharedRuns.ts';

/** What one shared server keeps of tracking, and what was read of it already. Calls throw what the client throws. */
export interface SharedParts {
  readonly reader: StoreReader;
  readonly models: LoggedModelCache;
  readonly texts: FetchedTexts;
  readonly experiments: SharedExperiments;
  readonly runs: SharedRuns;
  readonly curves: SharedCurves;
  readonly artifacts: SharedArtifacts;
}

export function createSharedParts(client: MlflowClient, kernelOf: SharedRunsOptions['kernelOf']): SharedParts {
  const reader = createServerReader(client);
  const models = createLoggedModelCache(client);
  const texts = createFetchedTexts(client, reader);
  const experiments = createSharedExperiments(client);
  return {
    reader,
    models,
    texts,
    experiments,
    runs: createSharedRuns({ client, experiments, models, texts, kernelOf }),
    curves: createSharedCurves(client),
    artifacts: createSharedArtifacts(reader),
  };
}
