import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, type ReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';

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
  put(content: AsyncIterable<Uint8Array>): Promise<Blob>;
}

/** Small chunks are gathered to this many bytes: one write each costs more than the copy. */
const writeBytes = 1 << 20;
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

  const put = async (content: AsyncIterable<Uint8Array>): Promise<Blob> => {
    const temporary = path.join(incoming, randomUUID());
    const hash = createHash('sha256');
    const file = await open(temporary, 'wx', 0o600);
    let bytes = 0;
    try {
      let gathered: Uint8Array[] = [];
      let size = 0;
      const flush = async (): Promise<void> => {
        const buffers = gathered;
        const expected = size;
        gathered = [];
        size = 0;
        const { bytesWritten } = await file.writev(buffers);
        if (bytesWritten < expected) {
          await file.writeFile(Buffer.concat(buffers).subarray(bytesWritten));
        }
      };
      for await (const chunk of content) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        gathered.push(chunk);
        size += chunk.byteLength;
        if (size >= writeBytes) {
          await flush();
        }
      }
      if (size > 0) {
        await flush();
      }
      await file.sync();
      await file.close();
      const sha256 = hash.digest('hex');
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
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
      throw error;
    }
  };

  return { ...reader, put };
}
