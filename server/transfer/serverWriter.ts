import { Problem } from '../errors.ts';
import type { MlflowClient } from './mlflowClient.ts';
import type { StoreWriter } from './store.ts';

export function createServerWriter(client: MlflowClient, _origin: string): StoreWriter {
  throw new Problem('unavailable', `${client.url} cannot be used yet.`);
}
