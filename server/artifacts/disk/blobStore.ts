import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, type ReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { writeContent, type Content, type ContentOptions } from './contentWriter.ts';

export interface Blob {
  readonly sha256: string;
  readonly bytes: number;
}

/** A range of bytes; `end` is inclusive, as in HTTP and in Node's streams. */
export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}

/** Files named by the sha256 of their content. */
export interface BlobReader {
  /** Where the content lies; whether it does is not checked. */
  path(sha256: string): string;
  open(sha256: string, range?: ByteRange): ReadStream;
}

export interface BlobStore extends BlobReader {
  /** Stores what a stream says; the file is on disk when the promise resolves. A stream that fails leaves nothing behind. */
  put(content: Content, options?: ContentOptions): Promise<Blob>;
}

const readBytes = 1 << 18;

/** Reads the store of a folder. */
export function createBlobReader(folder: string): BlobReader {
  const pathOf = (sha256: string): string => path.join(folder, 'sha256', sha256.slice(0, 2), sha256);
  return {
    path: pathOf,
    open: (sha256, range = {}) => createReadStream(pathOf(sha256), { ...range, highWaterMark: readBytes }),
  };
}

/**
 * Opens the store of a folder; what is being written lies in a folder of its own inside, one for each opener. Content goes to a temporary file while it is hashed, and takes its name when it is complete and on disk.
 */
export function createBlobStore(folder: string, incomingName = 'incoming'): BlobStore {
  const incoming = path.join(folder, incomingName);
  // What a killed process left half-written.
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true, mode: 0o700 });

  const reader = createBlobReader(folder);

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
      const final = reader.path(sha256);
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

  return { ...reader, put };
}
