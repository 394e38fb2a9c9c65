import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Problem } from '../../platform/errors.ts';
import type { Blob, BlobFacts, BlobReader, BlobStore, Content, ContentOptions, LocalFile } from '../blobs.ts';
import { sweepBlobs } from './blobSweep.ts';
import { writeContent } from './contentWriter.ts';
import { blobPath } from './layout.ts';

const readBytes = 1 << 18;

function gone(sha256: string, cause: unknown): Problem {
  return new Problem('not-found', `The content ${sha256.slice(0, 12)} is no longer on disk.`, { cause });
}

/** Reads the store of a folder. A content is a file already: it is given as it is, and releasing it does nothing. */
export function createDiskBlobReader(folder: string): BlobReader {
  const find = async (sha256: string): Promise<BlobFacts | undefined> => {
    const found = await stat(blobPath(folder, sha256)).catch(() => undefined);
    return found === undefined ? undefined : { bytes: found.size };
  };
  return {
    async open(sha256, range = {}) {
      const content = createReadStream(blobPath(folder, sha256), { ...range, highWaterMark: readBytes });
      await once(content, 'open').catch((error: unknown) => {
        throw gone(sha256, error);
      });
      return content;
    },
    async materialize(sha256): Promise<LocalFile> {
      const file = blobPath(folder, sha256);
      await stat(file).catch((error: unknown) => {
        throw gone(sha256, error);
      });
      return { path: file, release: () => Promise.resolve() };
    },
    has: async (sha256) => (await find(sha256)) !== undefined,
    stat: find,
  };
}

/**
 * Opens the store of a folder; what is being written lies in a folder of its own inside, one for each opener. Content goes to a temporary file while it is hashed, and takes its name when it is complete and on disk.
 */
export function createDiskBlobs(folder: string, incomingName = 'incoming'): BlobStore {
  const incoming = path.join(folder, incomingName);
  // What a killed process left half-written.
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true, mode: 0o700 });

  const reader = createDiskBlobReader(folder);

  /** False when it has gone meanwhile. */
  const touch = (file: string): Promise<boolean> => {
    const now = new Date();
    return utimes(file, now, now).then(
      () => true,
      () => false,
    );
  };

  const put = async (content: Content, options?: ContentOptions): Promise<Blob> => {
    const temporary = path.join(incoming, randomUUID());
    try {
      const { sha256, bytes } = await writeContent(temporary, content, options);
      const final = blobPath(folder, sha256);
      const present = await stat(final).catch(() => undefined);
      // Content without a user is swept away unless it is young.
      if (present?.size === bytes && (await touch(final))) {
        await rm(temporary, { force: true });
      } else {
        await mkdir(path.dirname(final), { recursive: true, mode: 0o700 });
        await rename(temporary, final);
      }
      return { sha256, bytes };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };

  return { ...reader, put, sweep: (isUsed, grace) => sweepBlobs(folder, isUsed, grace) };
}
