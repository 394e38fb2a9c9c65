import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import { whyOfOne } from '../../mlflow/client/passedOver.ts';

/** A file of the source that its store lists and does not give. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** What is wrong with one file; its disk, its folder or its server would fail otherwise. */
const ofOneFile: Readonly<Record<string, string>> = {
  EACCES: 'its permissions do not allow to read it',
  EPERM: 'the system does not allow to read it',
  ENOENT: 'it is not there any more',
  EISDIR: 'it is a folder',
  EIO: 'its disk cannot read it',
  ENXIO: 'it is no regular file',
  ELOOP: 'its links lead in a circle',
  ENOTDIR: 'a part of its path is a file',
};

/** Why one file of the source cannot be read; undefined for a failure of the whole. */
export function whyUnreadable(error: unknown): string | undefined {
  if (MlflowRefusal.isMissing(error) || Problem.is(error, 'not-found')) {
    return ofOneFile['ENOENT'];
  }
  // What a server answers for one file; that it is down or busy was waited for.
  return error instanceof MlflowRefusal && error.status < 500 ? error.message : (ofOneFile[systemErrorCode(error) ?? ''] ?? whyOfOne(error));
}

/** The content of a file of the source, of which a failure is told from one of the target. */
export async function* readable(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (cause) {
    const why = whyUnreadable(cause);
    throw why === undefined ? cause : new Unreadable(why, { cause });
  }
}

/** Why one file stays behind while the rest goes on: it cannot be read, or the target takes none of its name. Undefined for a failure of the whole. */
export function whyLeft(error: unknown): string | undefined {
  if (error instanceof Unreadable) {
    return error.message;
  }
  return Problem.is(error, 'invalid-input') && error.field === 'path' ? `the target does not take a file of this name (${error.message})` : undefined;
}
