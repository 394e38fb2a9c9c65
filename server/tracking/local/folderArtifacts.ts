import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { isInside } from '../artifactLocation.ts';
import type { ListedArtifact } from './artifacts.ts';

/** A file in a folder of the user's that an experiment names as its artifact location: clients write there themselves. */
export interface FolderFile {
  readonly bytes: number;
  /** Where it lies. */
  readonly file: string;
}

function pathInside(folder: string, relative: string): string {
  const absolute = path.resolve(folder, relative);
  if (!isInside(absolute, folder)) {
    throw new Problem('invalid-input', 'Invalid path', { field: 'path' });
  }
  return absolute;
}

function isAbsent(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * One level of a folder, by name; nothing for a file or a path that does not exist.
 * @throws Problem for a path that leaves the folder, also by a symbolic link
 */
export async function listInFolder(folder: string, relative: string): Promise<ListedArtifact[]> {
  const absolute = pathInside(folder, relative);
  try {
    const names = (await readdir(absolute)).sort();
    const listed = await Promise.all(
      names.map(async (name): Promise<ListedArtifact> => {
        const info = await stat(path.join(absolute, name));
        return info.isDirectory() ? { name, isFolder: true } : { name, isFolder: false, bytes: info.size };
      }),
    );
    return listed;
  } catch (error) {
    if (isAbsent(error)) {
      return [];
    }
    throw error;
  }
}

/** @throws Problem as for listInFolder; undefined where there is no such file */
export async function findInFolder(folder: string, relative: string): Promise<FolderFile | undefined> {
  const absolute = pathInside(folder, relative);
  try {
    const info = await stat(absolute);
    return info.isFile() ? { bytes: info.size, file: absolute } : undefined;
  } catch (error) {
    if (isAbsent(error)) {
      return undefined;
    }
    throw error;
  }
}

/** What the place of a file is like when it can never be written there. */
const unwritable: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG']);

/**
 * Writes a file, which is there with its whole content or not at all.
 * @throws Problem as for listInFolder, and for a place where no file can be
 */
export async function putInFolder(folder: string, relative: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const absolute = pathInside(folder, relative);
  const unfinished = path.join(path.dirname(absolute), `${randomUUID()}.part`);
  try {
    await mkdir(path.dirname(absolute), { recursive: true });
    await pipeline(content, createWriteStream(unfinished, { flush: true }));
    await rename(unfinished, absolute);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    const code = systemErrorCode(error);
    throw unwritable.has(code) ? new Problem('invalid-input', `'${relative}' cannot be written in ${folder}: ${code}.`, { field: 'path', cause: error }) : error;
  }
}
