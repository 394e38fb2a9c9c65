import path from 'node:path';

/** Where a content lies below the folder of a store; whether it does is not checked. */
export function blobPath(folder: string, sha256: string): string {
  return path.join(folder, 'sha256', sha256.slice(0, 2), sha256);
}
