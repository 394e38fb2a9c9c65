import { z } from 'zod';
import { Problem, systemErrorCode, toProblem } from '../errors.ts';
import { MlflowRefusal } from './mlflowClient.ts';

const unusable: Readonly<Record<string, string>> = {
  EACCES: 'its permissions do not allow that',
  EPERM: 'the system does not allow that',
  EROFS: 'its disk is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  EISDIR: 'it is a folder',
  SQLITE_READONLY: 'its permissions do not allow that',
  SQLITE_CANTOPEN: 'it cannot be opened',
  SQLITE_AUTH: 'its permissions do not allow that',
  SQLITE_CORRUPT: 'it is damaged',
  SQLITE_BUSY: 'another program keeps it locked',
};

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/**
 * Turns what went wrong with the other side of a transfer into a problem that says what to do about it.
 * @param location the other side, as it is shown
 */
export function toTransferProblem(error: unknown, location: string): Problem {
  if (error instanceof MlflowRefusal) {
    return new Problem('unavailable', error.message, {
      cause: error,
      ...(error.isForeign ? { field: 'location', remedy: 'Give the URL that MLFLOW_TRACKING_URI would hold; a proxy or a page that wants a login answers so too.' } : {}),
    });
  }
  if (error instanceof z.ZodError) {
    return new Problem('unavailable', `${location} holds something unexpected: ${z.prettifyError(error)}`, { cause: error });
  }
  const why = unusable[systemErrorCode(error) ?? ''];
  if (why !== undefined) {
    return new Problem('invalid-input', `location: ${pathOf(error) ?? location} cannot be used: ${why}.`, { field: 'location', remedy: 'Check the path and its permissions.', cause: error });
  }
  return toProblem(error);
}
