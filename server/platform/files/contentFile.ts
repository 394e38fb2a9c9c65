import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { systemErrorCode } from '../errors.ts';

/** The start of every file is kept in the system's page cache: most files are smaller, and are read again soon. */
const cachedBytes = 32 << 20;

/** Disks take no less than a block; 4096 bytes are a multiple of every usual one. */
const blockBytes = 4096;

/** `O_DIRECT` of https://man7.org/linux/man-pages/man2/open.2.html; other systems have no such flag. */
const direct = process.platform === 'linux' ? constants.O_DIRECT : undefined;

/**
 * A file of which what lies beyond the first 32 MB goes past the page cache, between the disk and memory of `takeBuffer`, where the file
 * system can do that: filling the cache with a large file costs more time than the disk needs, and takes it from everybody else.
 */
export interface ContentFile {
  /** Bytes that lie between a position and `length` bytes behind it; fewer at the end of the file. @returns how many were read */
  read(buffer: Buffer, length: number, position: number): Promise<number>;
  /** Writes the start of a buffer. */
  write(buffer: Buffer, length: number, position: number): Promise<void>;
  /** Sends what was written on to the disk; afterwards a power cut does not take it back. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

function isWhole(count: number): boolean {
  return count % blockBytes === 0;
}

/** Opens a file to be read, or makes a new one of the user alone to be written. */
export async function openContent(path: string, use: 'read' | 'write'): Promise<ContentFile> {
  const flags = use === 'read' ? constants.O_RDONLY : constants.O_WRONLY;
  const cached = await open(path, use === 'read' ? 'r' : 'wx', 0o600);
  let uncached: Promise<FileHandle | undefined> | undefined;

  /** The file past the cache; undefined where the part or the file system does not allow it. */
  const past = async (length: number, position: number): Promise<FileHandle | undefined> => {
    if (direct === undefined || position < cachedBytes || !isWhole(position) || !isWhole(length)) {
      return undefined;
    }
    uncached ??= open(path, flags | direct).catch(() => undefined);
    return uncached;
  };
  /** Does it past the cache if possible. File systems may refuse what they did not refuse when the file was opened. */
  const either = async <T>(length: number, position: number, act: (file: FileHandle) => Promise<T>): Promise<T> => {
    const file = await past(length, position);
    if (file !== undefined) {
      try {
        return await act(file);
      } catch (error) {
        if (systemErrorCode(error) !== 'EINVAL') {
          throw error;
        }
        uncached = Promise.resolve(undefined);
        await file.close();
      }
    }
    return act(cached);
  };

  return {
    async read(buffer, length, position) {
      const whole = Math.min(buffer.length, Math.ceil(length / blockBytes) * blockBytes);
      const { bytesRead } = await either(whole, position, (file) => file.read(buffer, 0, whole, position));
      return Math.min(bytesRead, length);
    },
    async write(buffer, length, position) {
      for (let done = 0; done < length; ) {
        const from = done;
        const { bytesWritten } = await either(length - from, position + from, (file) => file.write(buffer, from, length - from, position + from));
        done += bytesWritten;
      }
    },
    sync: () => cached.sync(),
    async close() {
      await Promise.all([cached.close(), uncached?.then((file) => file?.close())]);
    },
  };
}
