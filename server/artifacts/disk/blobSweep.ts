import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sweepGrace, type Swept } from '../blobs.ts';
import { blobPath } from './layout.ts';

/**
 * Removes the files of a blob store that nothing uses. Uploads may go on meanwhile, also in other threads: a file is first taken aside, looked
 * at again, and put back when it became young or used. Releases hold copies of their own.
 */
export async function sweepBlobs(folder: string, isUsed: (sha256: string) => boolean, grace = sweepGrace): Promise<Swept> {
  const root = path.join(folder, 'sha256');
  const aside = path.join(folder, 'removed');
  const place = (sha256: string): string => blobPath(folder, sha256);

  const restoreOrLeave = (sha256: string): void => {
    if (!existsSync(place(sha256))) {
      renameSync(path.join(aside, sha256), place(sha256));
    }
  };
  const isYoung = (file: string): boolean => statSync(file).mtimeMs > Date.now() - grace;

  /** Its bytes when it was taken aside for good. Synchronous: nothing of this thread comes in between. */
  const take = (sha256: string): number | undefined => {
    const file = place(sha256);
    const taken = path.join(aside, sha256);
    try {
      if (isUsed(sha256) || isYoung(file)) {
        return undefined;
      }
      renameSync(file, taken);
      if (isUsed(sha256) || isYoung(taken)) {
        restoreOrLeave(sha256);
        return undefined;
      }
      return statSync(taken).size;
    } catch {
      // It has gone meanwhile, or a reader holds it where the system forbids moving such a file.
      return undefined;
    }
  };

  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const sha256 of await readdir(aside)) {
    // What an earlier sweep that was killed had not decided about.
    if (isUsed(sha256)) {
      restoreOrLeave(sha256);
    }
    await rm(path.join(aside, sha256), { force: true });
  }
  let files = 0;
  let bytes = 0;
  for (const prefix of await readdir(root).catch(() => [])) {
    for (const sha256 of await readdir(path.join(root, prefix))) {
      const size = take(sha256);
      if (size !== undefined) {
        files += 1;
        bytes += size;
        await rm(path.join(aside, sha256), { force: true });
      }
    }
  }
  return { files, bytes };
}
