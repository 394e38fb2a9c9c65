import { renameSync, type Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../platform/errors.ts';
import { removePrefixed } from '../platform/files/removePrefixed.ts';

/** Folders that are on their way out; what a companion that was killed left of them goes at the next start. */
const asidePrefix = '.pruned-';
const digestName = /^[0-9a-f]{64}$/;

/** A folder that is named after a digest: a release, or a virtual environment after its lock. */
export interface StoredFolder {
  readonly digest: string;
  readonly folder: string;
}

export async function storedFolders(parent: string): Promise<StoredFolder[]> {
  const names = await readdir(parent);
  return names.filter((name) => digestName.test(name)).map((digest) => ({ digest, folder: path.join(parent, digest) }));
}

/** Files with several hard links that were come across: how often, of how many links. */
export type Links = Map<string, { seen: number; readonly of: number; readonly bytes: number }>;

/**
 * Bytes that removing a file, or a folder with all below it, gives back to the disk; 0 when it is not there. A file with hard links
 * elsewhere, as those of environments have in the cache of uv, counts when the last of its links is come across.
 * @param links what was come across before, where several are removed together
 */
export async function bytesOf(file: string, links: Links = new Map()): Promise<number> {
  try {
    const stats = await lstat(file);
    if (!stats.isDirectory()) {
      return freedBy(stats, links);
    }
    let bytes = 0;
    for (const name of await readdir(file)) {
      bytes += await bytesOf(path.join(file, name), links);
    }
    return bytes;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return 0;
    }
    throw error;
  }
}

function freedBy({ dev, ino, nlink, size }: Stats, links: Links): number {
  if (nlink <= 1) {
    return size;
  }
  const key = `${dev}:${ino}`;
  const link = links.get(key) ?? { seen: 0, of: nlink, bytes: size };
  link.seen += 1;
  links.set(key, link);
  return link.seen === nlink ? size : 0;
}

/** Bytes of the files that stay on the disk, because they have links that were not come across. */
export function bytesThatStay(links: Links): number {
  return [...links.values()].reduce((sum, { seen, of, bytes }) => sum + (seen < of ? bytes : 0), 0);
}

/** Moves a folder out of the way at once, so that nothing can begin to use it. @returns where it is now */
export function takeAside(folder: string): string {
  const aside = path.join(path.dirname(folder), `${asidePrefix}${Date.now()}-${path.basename(folder)}`);
  renameSync(folder, aside);
  return aside;
}

/** Removes what was taken aside and not removed. */
export function removeAside(parent: string): Promise<void> {
  return removePrefixed(parent, asidePrefix);
}
