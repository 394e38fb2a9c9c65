import { z } from 'zod';
import type { TransferDirection } from '../contract/transfer.ts';
import { Problem, systemErrorCode, toProblem } from '../platform/errors.ts';
import { MlflowRefusal } from '../mlflow/client/mlflowRefusal.ts';

const permissions = 'Check its permissions, or name another path.';
const another = 'Name another path.';
const space = 'Free some space there or name another path, then start it again: it goes on.';

/** By the code of the system's error: why a path cannot be used, and what to do. */
const unusable: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['its permissions do not allow that', permissions],
  EPERM: ['the system does not allow that', permissions],
  EROFS: ['its disk is read-only', 'Name a path on a disk that can be written.'],
  // The system answers so where a folder cannot be made in one that is there, as in /proc.
  ENOENT: ['nothing can be made there', another],
  ENOTDIR: ['a part of its path is a file', another],
  EEXIST: ['a part of its path is a file', another],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  SPECIAL: ['it is neither a file nor a folder', another],
  ENAMETOOLONG: ['its name is too long for its disk', another],
  ELOOP: ['its links lead in a circle', another],
  EINVAL: ['its disk cannot hold such a name', another],
  ENOTSUP: ['its disk cannot hold that', another],
  EFBIG: ['its disk cannot hold a file of that size', another],
  EIO: ['its disk fails', 'Check the disk, or name another path.'],
  ENOSPC: ['its disk is full', space],
  SQLITE_FULL: ['its disk is full', space],
  EDQUOT: ['your share of its disk is full', space],
  EMFILE: ['too many files are open', 'Close some programs, then start it again: it goes on.'],
  SQLITE_READONLY: ['its permissions do not allow that', permissions],
  SQLITE_CANTOPEN: ['it cannot be opened', permissions],
  SQLITE_AUTH: ['its permissions do not allow that', permissions],
  SQLITE_CORRUPT: ['it is damaged', 'Restore it from a backup, or name another path.'],
  SQLITE_BUSY: ['another program keeps it locked', 'End that program, then start it again: it goes on.'],
};

function isFull(code: string | undefined): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL';
}

/** What to say about a path that cannot be used. @param code of the system's error */
export function unusableProblem(code: string, path: string, field: string, cause?: unknown): Problem {
  const [why, remedy] = unusable[code] ?? [`the system answers ${code}`, another];
  return new Problem(isFull(code) ? 'disk-full' : 'invalid-input', `${field}: ${path} cannot be used: ${why}.`, { field, remedy, cause });
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/**
 * Turns what went wrong with the other side of a transfer into a problem that says what to do about it.
 * @param location the other side, as it is shown
 */
export function toTransferProblem(error: unknown, location: string, direction: TransferDirection): Problem {
  if (error instanceof MlflowRefusal) {
    return new Problem('unavailable', error.message, {
      cause: error,
      ...(error.isForeign ? { field: 'location', remedy: 'Give the URL that MLFLOW_TRACKING_URI would hold; a proxy or a page that wants a login answers so too.' } : {}),
    });
  }
  if (error instanceof z.ZodError) {
    return new Problem('unavailable', `${location} holds something unexpected: ${z.prettifyError(error)}`, { cause: error });
  }
  const code = systemErrorCode(error);
  // An import fills the disk of the data home.
  const isOfHome = code === 'ENOENT' || (direction === 'import' && isFull(code));
  if (code !== undefined && !isOfHome && code in unusable) {
    return unusableProblem(code, pathOf(error) ?? location, 'location', error);
  }
  return toProblem(error);
}
