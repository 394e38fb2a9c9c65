import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonicalJson.ts';

/** One stored file of a model. */
export interface ModelFile {
  /** Below the model's folder, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The digest of a model: sha256 over its files' paths and contents, in the order of the paths. */
export function digestOf(files: readonly ModelFile[]): string {
  const list = files.map(({ path, sha256 }) => [path, sha256]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}
