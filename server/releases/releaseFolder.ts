import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { useFile, type BlobReader } from '../artifacts/blobs.ts';
import { sha256OfFile } from '../platform/hash.ts';
import type { Release } from '../contract/releases.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';

/** What lies in a release folder beside the model. */
export interface ReleaseContent {
  readonly release: Release;
  readonly lockText: string;
  /** Body of the recorded example request; undefined where there is none. */
  readonly example: unknown;
  readonly blobs: Pick<BlobReader, 'materialize'>;
}

/**
 * Writes a release folder, or again when the one that is there is damaged: `release.json`, `requirements.lock`, `example.json` (`{"request": body}`) and the model's files under
 * `model/`, read-only. It is there whole or not at all.
 * @param parent holds the folders of all releases, named by digest
 */
export async function writeReleaseFolder(parent: string, content: ReleaseContent): Promise<void> {
  const { release } = content;
  const folder = path.join(parent, release.digest);
  if ((await checkReleaseFolder(folder, release)) === undefined) {
    return;
  }
  await rm(folder, { recursive: true, force: true });
  const temporary = await mkdtemp(path.join(parent, '.new-'));
  try {
    const folders = new Set([temporary, path.join(temporary, 'model')]);
    for (const file of release.model.files) {
      const target = path.join(temporary, 'model', file.path);
      if (path.relative(path.join(temporary, 'model'), target).startsWith('..') || path.isAbsolute(file.path)) {
        throw new Problem('invalid-input', `The model has a file outside of its folder: ${file.path}`);
      }
      folders.add(path.dirname(target));
      await mkdir(path.dirname(target), { recursive: true });
      // A reflink where the file system can; never a hard link: what changes the release must not change the registry.
      await useFile(content.blobs.materialize(file.sha256), (source) => copyFile(source, target, constants.COPYFILE_FICLONE));
      await chmod(target, 0o444);
      await synchronize(target);
    }
    await writeSynchronized(path.join(temporary, 'requirements.lock'), content.lockText);
    if (content.example !== undefined) {
      await writeSynchronized(path.join(temporary, 'example.json'), `${JSON.stringify({ request: content.example })}\n`);
    }
    await writeSynchronized(path.join(temporary, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
    for (const each of folders) {
      await synchronize(each);
    }
    await chmod(temporary, 0o755);
    await rename(temporary, folder);
    await synchronize(parent);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Compares a release folder with its release.
 * @returns the first thing that is wrong with it, for people; undefined when it is whole
 */
export async function checkReleaseFolder(folder: string, release: Release): Promise<string | undefined> {
  if (!(await exists(path.join(folder, 'release.json')))) {
    return 'Its release folder is missing.';
  }
  for (const file of release.model.files) {
    const target = path.join(folder, 'model', file.path);
    try {
      const { size } = await stat(target);
      if (size !== file.bytes || (await sha256OfFile(target)) !== file.sha256) {
        return `The model file ${file.path} is not the one that was released.`;
      }
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        return `The model file ${file.path} is missing.`;
      }
      throw error;
    }
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

async function writeSynchronized(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w', 0o444);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a file or folder to the disk; Windows has no such thing for folders. */
async function synchronize(target: string): Promise<void> {
  try {
    const handle = await open(target, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (process.platform !== 'win32') {
      throw error;
    }
  }
}
