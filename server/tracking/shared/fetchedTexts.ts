import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { Problem } from '../../platform/errors.ts';
import { findModelPlace, type Located } from './modelPlace.ts';

/** Small files of models, read once: models do not change after they were logged. */
export interface FetchedTexts {
  /** Empty for a file that is not there or cannot be fetched. */
  read(model: Located, file: string): Promise<string>;
}

const mostCharacters = 1 << 20;
const mostKept = 2000;

export function createFetchedTexts(client: MlflowClient, reader: StoreReader): FetchedTexts {
  const known = new Map<string, Promise<string>>();

  const fetch = async (model: Located, file: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of findModelPlace(model, reader).read(file)) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > mostCharacters) {
        return '';
      }
    }
    return Buffer.concat(chunks).toString('utf8');
  };

  return {
    read(model, file) {
      const key = `${model.location}\n${model.modelId ?? ''}\n${file}`;
      const text =
        known.get(key) ??
        fetch(model, file).catch((error: unknown) => {
          // MLflow's proxy answers 500 for a file that is missing.
          if (error instanceof MlflowRefusal || (Problem.is(error, 'unavailable') && !error.message.startsWith(client.url))) {
            return '';
          }
          known.delete(key);
          throw error;
        });
      if (known.size >= mostKept) {
        known.clear();
      }
      known.set(key, text);
      return text;
    },
  };
}
