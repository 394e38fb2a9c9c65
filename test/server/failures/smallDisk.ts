import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemErrorCode } from '../../../server/platform/errors.ts';

/** A file system of its own that is small enough to be filled. */
export interface SmallDisk {
  readonly root: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Gives back what {@link fill} took. */
  free(): void;
  close(): void;
}

/**
 * Mounts a file system in memory.
 * @param root an empty folder; without it a new one
 * @returns why not where mounting is not permitted
 */
export function mountSmallDisk(megabytes: number, root = mkdtempSync(path.join(tmpdir(), 'slipway-disk-'))): SmallDisk | string {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', root], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(root, { recursive: true });
    return `a small file system cannot be mounted: ${mounted.error?.message ?? mounted.stderr.trim()}`;
  }
  const ballast = path.join(root, 'ballast');
  return {
    root,
    fill() {
      const descriptor = openSync(ballast, 'a');
      try {
        for (let bytes = 1 << 20; bytes >= 1; ) {
          try {
            // A write that found room for a part of it is followed by one that finds none.
            writeSync(descriptor, Buffer.alloc(bytes));
          } catch (error) {
            if (systemErrorCode(error) !== 'ENOSPC') {
              throw error;
            }
            bytes >>= 1;
          }
        }
      } finally {
        closeSync(descriptor);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close() {
      // Lazily: what the test has left open is let go of later.
      spawnSync('umount', ['--lazy', root]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
