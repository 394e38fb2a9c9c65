import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import type { TransferCredentials } from '../contract/transfer.ts';
import { Problem } from '../platform/errors.ts';
import { createDatabaseWriter } from './database/databaseWriter.ts';
import { workspacesOfDatabase } from './database/databaseWorkspaces.ts';
import { pathOfLocation, readLocation, type LocalStore } from './location.ts';
import { createMlflowClient, type MlflowClient } from '../mlflow/client/mlflowClient.ts';
import { createBounds } from './bounds/bounds.ts';
import { artifactFolders, openMlflowDatabase } from './database/databaseReader.ts';
import { openMlrunsReader } from './mlruns/mlrunsReader.ts';
import { createMlrunsWriter } from './mlruns/mlrunsWriter.ts';
import { findMlflowPython, makeMlflowDatabase } from './database/newDatabase.ts';
import { createServerReader } from '../mlflow/client/serverReader.ts';
import { createServerWriter } from '../mlflow/client/serverWriter.ts';
import type { StoreWriter } from '../mlflow/client/storeWriter.ts';
import { PassedOver, type PassOver } from '../mlflow/client/passedOver.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import { createWorkspacesReader, workspacesOfServer } from './workspacesReader.ts';
import { defaultWorkspace } from '../mlflow/client/workspaces.ts';

const sources = 'Name an mlflow.db, an mlruns folder or the URL of a server.';

export interface OpenOptions {
  readonly credentials: TransferCredentials | undefined;
  /** Where artifacts lie that a store does not hold itself, or go that it does not: a URL or a folder. */
  readonly artifacts: string | undefined;
  readonly signal: AbortSignal;
  /** How often a server that does not answer is asked; enough to outlast a restart unless given. */
  readonly attempts?: number;
}

export interface SourceOptions extends OpenOptions {
  /** The data home, which is never read. */
  readonly home: string;
  /** Whether locations and links may lead out of the source. */
  readonly follow: boolean;
  /** Told of what must not or cannot be read. */
  readonly passOver: PassOver;
}

/** Several workspaces as one store; one that is the default one as it is. */
function openWorkspaces(names: readonly string[], open: (workspace: string) => StoreReader): StoreReader {
  return names.every((name) => name === defaultWorkspace) ? open(defaultWorkspace) : createWorkspacesReader(new Map(names.map((name) => [name, open(name)])));
}

/** @throws Problem `invalid-input` for a store in the data home */
function refuseHome(home: string, file: string): void {
  try {
    createBounds({ within: [], home, follows: true }).follow(file);
  } catch (cause) {
    throw cause instanceof PassedOver ? new Problem('invalid-input', `${file} cannot be imported: ${cause.message}.`, { field: 'location', remedy: sources, cause }) : cause;
  }
}

/** The folders that belong to a store: what was named, and for a database alone those that MLflow makes beside it. */
function foldersOf(location: string, store: LocalStore): string[] {
  const named = pathOfLocation(location);
  if (store.kind === 'folder' || named !== store.path) {
    return [named ?? store.path];
  }
  // A link there was not named by anybody.
  return artifactFolders.map((name) => path.join(path.dirname(store.path), name)).filter((folder) => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true);
}

/**
 * Opens what is to be read, every workspace of it.
 * @throws Problem `not-found` when there is nothing, `invalid-input` for something else than MLflow's
 */
export async function openSource(location: string, { credentials, artifacts, signal, attempts, home, follow, passOver }: SourceOptions): Promise<StoreReader> {
  const store = readLocation(location);
  const patience = attempts === undefined ? {} : { attempts };
  const clientOf = (url: string, workspace: string): MlflowClient =>
    createMlflowClient(url, credentials, signal, patience, workspace === defaultWorkspace ? undefined : workspace);
  if (store.kind === 'server') {
    const names = await workspacesOfServer(clientOf(store.url, defaultWorkspace));
    return openWorkspaces(names, (workspace) => createServerReader(clientOf(store.url, workspace), passOver));
  }
  if (!existsSync(store.path)) {
    throw new Problem('not-found', `There is no ${store.path}.`, { field: 'location', remedy: sources });
  }
  const proxied = (workspace: string): MlflowClient | string | undefined =>
    artifacts !== undefined && /^https?:\/\//i.test(artifacts) ? clientOf(artifacts, workspace) : artifacts;
  const named = artifacts === undefined || /^https?:\/\//i.test(artifacts) ? [] : [artifacts];
  const bounds = createBounds({ within: [...foldersOf(location, store), ...named], home, follows: follow });
  refuseHome(home, store.path);
  const reading = { bounds, passOver };
  return store.kind === 'database'
    ? openWorkspaces(workspacesOfDatabase(store.path), (workspace) => openMlflowDatabase(store.path, { proxied: proxied(workspace), reading, workspace }))
    : openMlrunsReader(store.path, { proxied: proxied(defaultWorkspace), reading });
}

/**
 * Opens what is to be written; a database that is not there is made.
 * @param pythons interpreters to look for MLflow in, which makes a new database, before those on PATH
 * @throws Problem `invalid-input` for something else than MLflow's, `unavailable` where a database is to be made and no MLflow is there
 */
export async function openTarget(location: string, { credentials, artifacts, signal, attempts }: OpenOptions, pythons: readonly string[]): Promise<StoreWriter> {
  const store = readLocation(location);
  switch (store.kind) {
    case 'server':
      return createServerWriter(createMlflowClient(store.url, credentials, signal, attempts === undefined ? {} : { attempts }));
    case 'folder':
      return createMlrunsWriter(store.path);
    case 'database': {
      const folder = artifactFolder(store.path, artifacts);
      if (!existsSync(store.path)) {
        await makeMlflowDatabase(store.path, folder, await findMlflowPython(store.path, pythons, signal), signal);
      }
      return createDatabaseWriter(store.path, folder);
    }
  }
}

/** The folder that artifacts of a database go to. @throws Problem `invalid-input` for a server */
function artifactFolder(file: string, wanted: string | undefined): string {
  if (wanted === undefined) {
    return path.join(path.dirname(file), 'mlartifacts');
  }
  if (!path.isAbsolute(wanted)) {
    throw new Problem('invalid-input', `artifacts: ${wanted} must be the absolute path of a folder.`, {
      field: 'artifacts',
      remedy: 'To bring artifacts to a server, export to its URL.',
    });
  }
  return path.resolve(wanted);
}
