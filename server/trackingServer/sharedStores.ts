import { createServerReader } from '../transfer/serverReader.ts';
import type { StoreReader } from '../transfer/store.ts';
import type { MlflowClient } from '../mlflow/client/mlflowClient.ts';
import { createLoggedModelCache, type LoggedModelCache } from '../tracking/shared/loggedModelCache.ts';
import { createModelTexts, type ModelTexts } from '../tracking/shared/fetchedTexts.ts';
import { createRemoteArtifacts, type RemoteArtifacts } from '../tracking/shared/sharedArtifacts.ts';
import { createRemoteCurves, type RemoteCurves } from '../tracking/shared/sharedCurves.ts';
import { createRemoteExperiments, type RemoteExperiments } from '../tracking/shared/sharedExperiments.ts';
import { createRemoteRegistry, type RemoteRegistry, type RemoteRegistryOptions } from '../registry/shared/sharedModels.ts';
import { createRemoteRuns, type RemoteRuns, type RemoteRunsOptions } from '../tracking/shared/sharedRuns.ts';

/** What a shared server keeps. Calls throw what the client throws. */
export interface RemoteStore {
  readonly client: MlflowClient;
  readonly reader: StoreReader;
  readonly models: LoggedModelCache;
  readonly texts: ModelTexts;
  readonly experiments: RemoteExperiments;
  readonly runs: RemoteRuns;
  readonly curves: RemoteCurves;
  readonly artifacts: RemoteArtifacts;
  readonly registry: RemoteRegistry;
}

export type RemoteStoreOptions = Pick<RemoteRegistryOptions, 'url' | 'client' | 'fetched'> & Pick<RemoteRunsOptions, 'kernelOf'>;

export function createRemoteStore({ url, client, fetched, kernelOf }: RemoteStoreOptions): RemoteStore {
  const reader = createServerReader(client);
  const models = createLoggedModelCache(client);
  const texts = createModelTexts(client, reader);
  const experiments = createRemoteExperiments(client);
  const runs = createRemoteRuns({ client, experiments, models, texts, kernelOf });
  return {
    client,
    reader,
    models,
    texts,
    experiments,
    runs,
    curves: createRemoteCurves(client),
    artifacts: createRemoteArtifacts(reader),
    registry: createRemoteRegistry({ url, client, models, texts, runs, fetched }),
  };
}
