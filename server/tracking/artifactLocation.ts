import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Problem } from '../platform/errors.ts';
import { isBelow } from '../platform/files/isBelow.ts';

/**
 * The absolute path on this machine that a location names, by a `file:` URI or plainly; undefined for another scheme.
 * @throws Problem for a `file:` URI of another machine
 */
export function localPath(location: string): string | undefined {
  if (/^file:/i.test(location)) {
    try {
      return path.resolve(fileURLToPath(new URL(location)));
    } catch (error) {
      throw new Problem('invalid-input', `${location} is not a valid remote uri.`, { field: 'artifact_location', cause: error });
    }
  }
  const hasScheme = /^[a-z][a-z\d+.-]+:/i.test(location);
  return hasScheme ? undefined : path.resolve(location);
}

/**
 * The scheme of a URI that names a host to which a server that followed it would connect; undefined for others. Such places are refused:
 * nobody who may log to this server should make it, or its clients with their credentials, call elsewhere.
 */
export function hostScheme(uri: string): string | undefined {
  const match = /^(ftp|sftp|hdfs|viewfs|https?|r2|b2|abfss):|^(mlflow-artifacts):\/\//i.exec(uri);
  return match?.[1] ?? match?.[2];
}

/** A path that is relative is taken from the folder in which the companion runs, as a server of MLflow does; anything else stays. */
export function absoluteLocation(location: string): string {
  const relative = /^file:(?!\/)(.*)$/i.exec(location)?.[1];
  if (relative !== undefined) {
    return pathToFileURL(relative).href;
  }
  return /^[a-z][a-z\d+.-]+:/i.test(location) ? location : path.resolve(location);
}

/** A location below another, before the query that the URI of a store may end with. */
export function locationBelow(location: string, relative: string): string {
  const mark = location.indexOf('?');
  const [base, query] = mark === -1 ? [location, ''] : [location.slice(0, mark), location.slice(mark)];
  return `${base.replace(/\/$/, '')}/${relative}${query}`;
}

/** The path with all symbolic links followed; what does not exist yet is taken as written. */
function followLinks(absolute: string): string {
  try {
    return realpathSync(absolute);
  } catch {
    const parent = path.dirname(absolute);
    return parent === absolute ? absolute : path.join(followLinks(parent), path.basename(absolute));
  }
}

/** Whether a path on this machine is a folder or lies in it, wherever symbolic links lead. */
export function isInside(absolute: string, folder: string): boolean {
  return isBelow(followLinks(absolute), followLinks(folder));
}
