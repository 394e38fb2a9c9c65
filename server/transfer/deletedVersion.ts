import type { CarriedVersion } from '../mlflow/client/carried.ts';

/** Stage of a deleted version in MLflow's stores, which keep its number. */
export const deletedStage = 'Deleted_Internal';

/** What is carried of a deleted version: its number, so that it is not given again. */
export function deletedVersion(kept: Pick<CarriedVersion, 'version' | 'user' | 'createdAt' | 'updatedAt'>): CarriedVersion {
  return {
    ...kept,
    deleted: true,
    stage: 'None',
    description: undefined,
    source: '',
    location: '',
    runId: undefined,
    runLink: undefined,
    modelId: undefined,
    tags: new Map(),
  };
}
