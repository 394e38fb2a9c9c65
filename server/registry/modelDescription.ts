import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Lineage } from '../contract/registry.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import { describeModel, undescribed, type ModelDescription } from '../models/mlmodel.ts';

export interface ModelFile {
  /** Below the model's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The digest of a model: sha256 over its files' paths and contents, in the order of the paths. */
export function digestOf(files: readonly ModelFile[]): string {
  const list = files.map(({ path, sha256 }) => [path, sha256]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}

function countPackages(requirements: string): number {
  return requirements.split('\n').filter((line) => /^\s*[A-Za-z0-9]/.test(line)).length;
}

/** What a model's `requirements.txt` and `python_env.yaml` say. @param sha256 of the requirements @param python where the environment does not say */
export function describeEnvironment(requirements: string, sha256: string, pythonEnvironment: string, python: string | undefined): NonNullable<Lineage['environment']> {
  const named = /^python:\s*['"]?([\w.]+)/m.exec(pythonEnvironment)?.[1];
  return { sha256, packages: countPackages(requirements), python: named ?? python ?? '' };
}

/** What models say about themselves, read once: their files are named by their content. */
export interface ModelTexts {
  describe(files: readonly ModelFile[]): ModelDescription;
  environment(files: readonly ModelFile[]): Lineage['environment'];
}

/** Files that are no small text are not read. */
const mostBytes = 1 << 20;
const mostKept = 500;

/** @param fileOf where the content of a sha256 lies on disk */
export function createModelTexts(fileOf: (sha256: string) => string): ModelTexts {
  const texts = new Map<string, string>();
  const descriptions = new Map<string, ModelDescription>();
  const remember = <T>(cache: Map<string, T>, key: string, value: T): T => {
    if (cache.size >= mostKept) {
      cache.clear();
    }
    cache.set(key, value);
    return value;
  };
  const read = ({ sha256, bytes }: ModelFile): string => {
    const known = texts.get(sha256);
    if (known !== undefined || bytes > mostBytes) {
      return known ?? '';
    }
    try {
      return remember(texts, sha256, readFileSync(fileOf(sha256), 'utf8'));
    } catch {
      return '';
    }
  };
  const describe = (files: readonly ModelFile[]): ModelDescription => {
    const file = files.find(({ path }) => path === 'MLmodel');
    if (file === undefined) {
      return undescribed;
    }
    return descriptions.get(file.sha256) ?? remember(descriptions, file.sha256, describeModel(read(file)));
  };
  return {
    describe,
    environment(files) {
      const requirements = files.find(({ path }) => path === 'requirements.txt');
      if (requirements === undefined) {
        return undefined;
      }
      const environment = files.find(({ path }) => path === 'python_env.yaml');
      return describeEnvironment(read(requirements), requirements.sha256, environment === undefined ? '' : read(environment), describe(files).python);
    },
  };
}
