import { decodedFully } from '../platform/decodings.ts';
import { Problem } from '../platform/errors.ts';

/** The refusal of a path, in the words that MLflow's clients and tests know. */
export function invalidPath(): Problem {
  return new Problem('invalid-input', 'Invalid path', { field: 'path' });
}

/** Parts of a path that name the same place without them. */
const needless = /\/\/|\/$|^\.$|^\.\/|\/\.\/|\/\.$/;

/**
 * The path that a client means, without a trailing slash and without parts that say nothing, such as `.`.
 * @throws Problem for parts such as `..`, absolute paths, backslashes, drive letters and what only shows after decoding again
 */
export function checkArtifactPath(path: string): string {
  const decoded = decodedFully(path, 5);
  for (const form of [path, decoded]) {
    if (/[\\#\p{Cc}]/u.test(form) || form.startsWith('/') || /^[a-z]:/i.test(form) || form.split('/').includes('..')) {
      throw invalidPath();
    }
  }
  if (path.length > 4096) {
    throw invalidPath();
  }
  return needless.test(path)
    ? path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')
    : path;
}

/** The path below the artifact root that a `mlflow-artifacts:` URI names, or undefined for another scheme. */
export function pathOfUri(uri: string): string | undefined {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri);
  return match?.[1] === undefined ? undefined : checkArtifactPath(match[1]);
}
