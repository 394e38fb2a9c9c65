import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import type { ArtifactFile } from './artifactFile.ts';

/** The folder on this machine that an artifact location names, or undefined for another scheme. Relative ones are below `base`. */
export function localFolder(uri: string, base: string): string | undefined {
  if (/^file:/i.test(uri)) {
    try {
      return fileURLToPath(uri.replace(/^file:(?!\/)/i, `file://${base}/`));
    } catch {
      return undefined;
    }
  }
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) ? undefined : path.resolve(base, uri);
}

/** Regular files below a folder, also behind symbolic links to files; nothing for a folder that is not there. */
export async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<ArtifactFile> {
  const items = await readdir(path.join(folder, prefix), { withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  });
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix === '' ? item.name : `${prefix}/${item.name}`;
    if (item.isDirectory()) {
      yield* filesBelow(folder, name);
    } else if (item.isFile() || item.isSymbolicLink()) {
      const found = await stat(path.join(folder, name)).catch(() => undefined);
      if (found?.isFile() === true) {
        yield { path: name, bytes: found.size };
      }
    }
  }
}

export function readLocal(folder: string, file: string): AsyncIterable<Uint8Array> {
  return createReadStream(path.join(folder, ...file.split('/')), { highWaterMark: 1 << 18 });
}

/** A disk may not hold every name that another store does. */
function refuseName(error: unknown): never {
  const code = systemErrorCode(error);
  throw code === 'ENAMETOOLONG' || code === 'EINVAL' || code === 'EILSEQ' ? new Problem('invalid-input', code, { field: 'path', cause: error }) : error;
}

/**
 * Writes a file that readers see whole or not at all, also after a kill.
 * @throws Problem `invalid-input` with the field `path` for a name that the disk cannot hold
 * @param unfinished a folder on the same disk, beside the artifacts: what a killed process leaves there is no artifact
 */
export async function writeLocal(file: string, unfinished: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true }).catch(refuseName);
  const temporary = path.join(unfinished, `${randomUUID()}.tmp`);
  try {
    await pipeline(content, createWriteStream(temporary, { flush: true }));
    await rename(temporary, file).catch(refuseName);
  } finally {
    await rm(temporary, { force: true });
  }
}
