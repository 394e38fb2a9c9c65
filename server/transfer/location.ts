import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { splitCredentials } from '../mlflow/client/serverCredentials.ts';
import { Problem } from '../platform/errors.ts';

/** A store on this machine. */
export interface LocalStore {
  readonly kind: 'database' | 'folder';
  readonly path: string;
}

/** A store as people name it. */
export type StoreLocation = { readonly kind: 'server'; readonly url: string } | LocalStore;

/**
 * Reads a location: a URL, a path, `sqlite:///PATH` or `file://PATH`. A folder that holds an `mlflow.db` means that file.
 * @throws Problem `invalid-input` that says what can be named
 */
export function readLocation(location: string): StoreLocation {
  const whole = pathOfLocation(location);
  if (whole === undefined) {
    return { kind: 'server', url: location.replace(/\/+$/, '') };
  }
  if (/^sqlite:/.test(location) || /\.(db|sqlite3?)$/i.test(whole) || (existsSync(whole) && statSync(whole).isFile())) {
    return { kind: 'database', path: whole };
  }
  const inside = path.join(whole, 'mlflow.db');
  return existsSync(inside) ? { kind: 'database', path: inside } : { kind: 'folder', path: whole };
}

/**
 * The path that a location names, without a look at it; undefined for a server.
 * @throws Problem `invalid-input` that says what can be named
 */
export function pathOfLocation(location: string): string | undefined {
  if (/^https?:\/\//i.test(location)) {
    return undefined;
  }
  const file = /^sqlite:\/\/\/(.*)$/.exec(location)?.[1] ?? location.replace(/^file:(?:\/\/)?/, '');
  if (/^[a-z][a-z0-9+]+:\/\//i.test(file)) {
    throw new Problem('invalid-input', `location: ${location} is no SQLite file, folder or http URL.`, {
      field: 'location',
      remedy: 'For another database, run "mlflow server --backend-store-uri ..." and give its URL.',
    });
  }
  if (!path.isAbsolute(file)) {
    throw new Problem('invalid-input', `location: ${file} must be an absolute path.`, { field: 'location' });
  }
  return path.resolve(file);
}

/** The location as it is stored and shown: without credentials. */
export function plainLocation(location: string): string {
  const store = readLocation(location);
  return store.kind === 'server' ? splitCredentials(store.url).url : store.path;
}
