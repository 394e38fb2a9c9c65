import { readFile } from 'node:fs/promises';
import { useFile, type BlobReader } from '../artifacts/blobs.ts';
import type { Lineage } from '../contract/registry.ts';
import { emptyMlmodel, readMlmodel, type Mlmodel } from './mlmodel.ts';
import type { ModelFile } from './modelFile.ts';
import { readRequirements } from './requirements.ts';

/** What a model's `requirements.txt` and `python_env.yaml` say. @param sha256 of the requirements @param python where the environment does not say */
export function describeEnvironment(requirements: string, sha256: string, pythonEnvironment: string, python: string | undefined): NonNullable<Lineage['environment']> {
  return { sha256, packages: readRequirements(requirements).length, python: pythonOf(pythonEnvironment) ?? python ?? '' };
}

/** The version of Python that a `python_env.yaml` names. */
export function pythonOf(pythonEnvironment: string): string | undefined {
  return /^python:\s*['"]?([\w.]+)/m.exec(pythonEnvironment)?.[1];
}

/** What stored models say about themselves, read once: their files are named by their content. */
export interface ModelReader {
  describe(files: readonly ModelFile[]): Promise<Mlmodel>;
  environment(files: readonly ModelFile[]): Promise<Lineage['environment']>;
}

/** Files that are no small text are not read. */
const mostBytes = 1 << 20;
const mostKept = 500;

export function createModelReader(blobs: Pick<BlobReader, 'materialize'>): ModelReader {
  const texts = new Map<string, string>();
  const mlmodels = new Map<string, Mlmodel>();
  const remember = <T>(cache: Map<string, T>, key: string, value: T): T => {
    if (cache.size >= mostKept) {
      cache.clear();
    }
    cache.set(key, value);
    return value;
  };
  const read = async ({ sha256, bytes }: ModelFile): Promise<string> => {
    const known = texts.get(sha256);
    if (known !== undefined || bytes > mostBytes) {
      return known ?? '';
    }
    try {
      return remember(texts, sha256, await useFile(blobs.materialize(sha256), (file) => readFile(file, 'utf8')));
    } catch {
      return '';
    }
  };
  const describe = async (files: readonly ModelFile[]): Promise<Mlmodel> => {
    const file = files.find(({ path }) => path === 'MLmodel');
    return file === undefined ? emptyMlmodel : (mlmodels.get(file.sha256) ?? remember(mlmodels, file.sha256, readMlmodel(await read(file)) ?? emptyMlmodel));
  };
  return {
    describe,
    async environment(files) {
      const requirements = files.find(({ path }) => path === 'requirements.txt');
      if (requirements === undefined) {
        return undefined;
      }
      const environment = files.find(({ path }) => path === 'python_env.yaml');
      return describeEnvironment(await read(requirements), requirements.sha256, environment === undefined ? '' : await read(environment), (await describe(files)).python);
    },
  };
}
