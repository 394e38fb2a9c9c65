import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TransferCredentials } from '../contract/transfer.ts';
import { Problem } from '../errors.ts';
import { readLocation } from './location.ts';
import { createMlflowClient, type MlflowClient } from './mlflowClient.ts';
import { openMlflowDatabase } from './mlflowDatabase.ts';
import { openMlrunsReader } from './mlrunsReader.ts';
import { createMlrunsWriter } from './mlrunsWriter.ts';
import { createServerReader } from './serverReader.ts';
import { createServerWriter } from './serverWriter.ts';
import type { StoreReader, StoreWriter } from './store.ts';

export interface OpenOptions {
  readonly credentials: TransferCredentials | undefined;
  /** A URL or a folder. */
  readonly artifacts: string | undefined;
  readonly signal: AbortSignal;
  /** How often a server that does not answer is asked; enough to outlast a restart unless given. */
  readonly attempts?: number;
}

/** @throws Problem `not-found` when there is nothing, `invalid-input` for something else than MLflow's */
export function openSource(location: string, { credentials, artifacts, signal, attempts }: OpenOptions): StoreReader {
  const store = readLocation(location);
  if (store.kind === 'server') {
    return createServerReader(createMlflowClient(store.url, credentials, signal, attempts === undefined ? {} : { attempts }));
  }
  if (!existsSync(store.path)) {
    throw new Problem('not-found', `There is no ${store.path}.`, { field: 'location' });
  }
  const proxied: MlflowClient | string | undefined =
    artifacts !== undefined && /^https?:\/\//i.test(artifacts) ? createMlflowClient(artifacts, credentials, signal) : artifacts;
  return store.kind === 'database' ? openMlflowDatabase(store.path, proxied) : openMlrunsReader(store.path, proxied);
}

/** @throws Problem `invalid-input` for a database: MLflow's schema is MLflow's, a server writes it */
export function openTarget(location: string, { credentials, signal, attempts }: OpenOptions): StoreWriter {
  const store = readLocation(location);
  switch (store.kind) {
    case 'server':
      return createServerWriter(createMlflowClient(store.url, credentials, signal, attempts === undefined ? {} : { attempts }));
    case 'folder':
      return createMlrunsWriter(store.path);
    case 'database':
      throw new Problem('invalid-input', 'An MLflow database is written by MLflow alone.', {
        field: 'location',
        remedy: `Run "mlflow server --backend-store-uri sqlite:///${store.path} --artifacts-destination ${path.join(path.dirname(store.path), 'mlartifacts')}" and export to its URL.`,
      });
  }
}
