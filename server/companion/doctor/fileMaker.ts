import { chmodSync, constants, copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { flushFile } from '../../platform/files/flush.ts';
import { sha256OfFile } from '../../platform/hash.ts';
import { digestOrNothing } from './digestOrNothing.ts';

/** Makes a file anew from one with the same content. */
export interface FileMaker {
  readonly from: string;
  /** What has the name stays until the copy is whole, has the digest and is on disk. */
  make(file: string, mode: number): Promise<void>;
}

/** The first of the files that has the digest, to copy from; undefined when none has. */
export async function createFileMaker(candidates: readonly string[], sha256: string, signal: AbortSignal): Promise<FileMaker | undefined> {
  for (const from of candidates) {
    if ((await digestOrNothing(from, signal)) === sha256) {
      return { from, make: (file, mode) => copy(from, file, sha256, mode) };
    }
  }
  return undefined;
}

async function copy(from: string, to: string, sha256: string, mode: number): Promise<void> {
  const temporary = `${to}.${process.pid}.${Date.now()}.tmp`;
  mkdirSync(path.dirname(to), { recursive: true });
  try {
    copyFileSync(from, temporary, constants.COPYFILE_FICLONE);
    // The release's copy is read only, which a flush on Windows does not allow.
    chmodSync(temporary, 0o600);
    flushFile(temporary);
    if ((await sha256OfFile(temporary)) !== sha256) {
      throw new Error(`${from} changed while it was copied.`);
    }
    chmodSync(temporary, mode);
    renameSync(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}
