import { open, realpath, stat } from 'node:fs/promises';
import type { TracedFile } from '../contract/lineage.ts';
import type { DataReference } from '../contract/notebooks.ts';
import { systemErrorCode } from '../platform/errors.ts';
import { sha256OfFile } from '../platform/hash.ts';

/** A larger file takes too long to be read for an answer. */
const mostBytes = 4 * 2 ** 30;
/** A pointer of git-lfs is at most so long (git-lfs, docs/spec.md). */
const longestPointer = 1024;
const pointer = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n(?:.*\n)*?size (\d+)\n/;

export interface FileNow {
  /** Links followed. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** It stands for a file that git-lfs keeps, whose digest and size these are. */
  readonly isPointer: boolean;
}

/** A file as it is; undefined where it is gone, is no regular one, or is too large to be read. */
export async function readFile(named: string): Promise<FileNow | undefined> {
  try {
    const path = await realpath(named);
    const found = await stat(path);
    if (!found.isFile() || found.size > mostBytes) {
      return undefined;
    }
    const [, oid, size] = found.size > longestPointer ? [] : (pointer.exec(await beginningOf(path)) ?? []);
    return oid === undefined ? { path, sha256: await sha256OfFile(path), bytes: found.size, isPointer: false } : { path, sha256: oid, bytes: Number(size), isPointer: true };
  } catch (error) {
    if (systemErrorCode(error) === undefined) {
      throw error;
    }
    return undefined;
  }
}

async function beginningOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestPointer), 0, longestPointer, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A file that was read once, beside what it is now: by its content, whatever its times are. */
export async function traceFile(file: DataReference): Promise<TracedFile> {
  const found = await stat(file.path).catch(() => undefined);
  if (found?.isFile() !== true) {
    return { ...file, state: 'gone' };
  }
  const now = await readFile(file.path);
  return { ...file, state: now === undefined ? 'not-read' : now.sha256 === file.sha256 ? 'same' : 'changed' };
}
