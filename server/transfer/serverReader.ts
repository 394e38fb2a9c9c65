import { Problem } from '../errors.ts';
import type { MlflowClient } from './mlflowClient.ts';
import type { StoreReader } from './store.ts';

export function createServerReader(client: MlflowClient): StoreReader {
  throw new Problem('unavailable', `${client.url} cannot be used yet.`);
}
