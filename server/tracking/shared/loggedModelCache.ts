import { z } from 'zod';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import type { CarriedModel } from '../../mlflow/client/carried.ts';
import { modelWire } from '../../mlflow/client/answers.ts';

/** LoggedModels, which change little once they are ready: each is asked for once. */
export interface LoggedModelCache {
  /** Undefined where there is none. */
  find(modelId: string): Promise<CarriedModel | undefined>;
  /** Deletes one; tells what it was. */
  delete(modelId: string): Promise<CarriedModel | undefined>;
}

const mostKept = 2000;
const answer = z.object({ model: modelWire });

export function createLoggedModelCache(client: MlflowClient): LoggedModelCache {
  const known = new Map<string, Promise<CarriedModel | undefined>>();

  const fetch = async (modelId: string): Promise<CarriedModel | undefined> => {
    try {
      const { model } = await client.get(`/logged-models/${encodeURIComponent(modelId)}`, {}, answer);
      if (model.status === 'LOGGED_MODEL_PENDING') {
        known.delete(modelId);
      }
      return model;
    } catch (error) {
      known.delete(modelId);
      if (MlflowRefusal.isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  };

  const find = (modelId: string): Promise<CarriedModel | undefined> => {
    const found = known.get(modelId) ?? fetch(modelId);
    if (known.size >= mostKept) {
      known.clear();
    }
    known.set(modelId, found);
    return found;
  };

  return {
    find,
    async delete(modelId) {
      const model = await find(modelId);
      await client.send('DELETE', `/logged-models/${encodeURIComponent(modelId)}`, {}, z.object({}));
      known.delete(modelId);
      return model;
    },
  };
}
