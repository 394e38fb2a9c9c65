import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import type { Metric } from '../../contract/entities.ts';
import { fromWire } from '../../contract/metricValues.ts';
import { notUnderstood } from '../../mlflow/client/passedOver.ts';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { whyPassedOver } from '../bounds/filesWithin.ts';
import type { Reading } from '../bounds/reading.ts';
import { irregular, readLines, readSmall } from '../bounds/regularFile.ts';

export const trash = '.trash';

/** Far above what MLflow takes as a param or tag (8,000 characters; 100,000 in the registry). */
const mostOfEntry = 1 << 20;
/** The profile of a dataset stands there, which may have 16 MB. */
const mostOfMeta = 64 << 20;

/** The folders and small files of a file store. What must not or cannot be read is told and left out. */
export interface MlrunsFolders {
  readonly folders: (folder: string) => string[];
  /** Files below a folder, by their paths with slashes. */
  readonly files: (folder: string) => string[];
  /** What each file of a folder says, by its path. */
  readonly entries: (folder: string) => Map<string, string>;
  /** The lines of a metric's file: time, value, step and, in models, the run and the dataset. */
  readonly lines: (folder: string, key: string) => Generator<string[]>;
  readonly hasMeta: (folder: string) => boolean;
  /** What the `meta.yaml` of a folder says; undefined without one, or where it cannot be understood. */
  readonly meta: <S extends z.ZodType>(folder: string, schema: S) => z.output<S> | undefined;
}

type Kind = 'file' | 'folder';

export function createMlrunsFolders(root: string, { bounds, passOver }: Reading): MlrunsFolders {
  const tell = (absolute: string, why: string): void => passOver('file', path.relative(root, absolute).replaceAll(path.sep, '/'), why);
  /** Undefined where it fails, which is told; what is not there is no failure. */
  const attempt = <T>(absolute: string, work: (real: string) => T): T | undefined => {
    try {
      return work(bounds.follow(absolute));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        tell(absolute, error instanceof Problem ? error.message : whyPassedOver(error));
      }
      return undefined;
    }
  };
  const kindOf = (absolute: string): Kind | undefined =>
    attempt(absolute, (real) => {
      const facts = statSync(real);
      if (!facts.isDirectory() && !facts.isFile()) {
        tell(absolute, irregular);
        return undefined;
      }
      return facts.isDirectory() ? 'folder' : 'file';
    });
  const items = (folder: string): { readonly name: string; readonly kind: Kind }[] =>
    (attempt(folder, (real) => readdirSync(real)) ?? []).sort().flatMap((name) => {
      const kind = kindOf(path.join(folder, name));
      return kind === undefined ? [] : [{ name, kind }];
    });

  const files = (folder: string): string[] => {
    const visited = new Set<string>();
    const below = (place: string, prefix: string): string[] => {
      const real = attempt(place, (found) => found);
      if (real === undefined) {
        return [];
      }
      if (visited.has(real)) {
        tell(place, 'a link to a folder that is there already');
        return [];
      }
      visited.add(real);
      return items(place).flatMap(({ name, kind }) => (kind === 'folder' ? below(path.join(place, name), `${prefix}${name}/`) : [`${prefix}${name}`]));
    };
    return below(folder, '').sort();
  };

  return {
    folders: (folder) => items(folder).flatMap(({ name, kind }) => (kind === 'folder' ? [name] : [])),
    files,
    entries: (folder) =>
      new Map(
        files(folder).flatMap((key) => {
          const value = attempt(path.join(folder, key), (real) => readSmall(real, mostOfEntry));
          return value === undefined ? [] : [[key, value] as const];
        }),
      ),
    *lines(folder, key) {
      const file = path.join(folder, key);
      const real = attempt(file, (found) => found);
      if (real === undefined) {
        return;
      }
      try {
        for (const line of readLines(real)) {
          if (line.trim() !== '') {
            yield line.trim().split(' ');
          }
        }
      } catch (error) {
        tell(file, whyPassedOver(error));
      }
    },
    hasMeta: (folder) => existsSync(path.join(folder, 'meta.yaml')),
    meta(folder, schema) {
      const file = path.join(folder, 'meta.yaml');
      return attempt(file, (real) => readYaml(readSmall(real, mostOfMeta), schema));
    },
  };
}

/** @throws Problem `invalid-input` for what cannot be understood */
function readYaml<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw new Problem('invalid-input', `it is no YAML: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`, { field: 'location', cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new Problem('invalid-input', notUnderstood(parsed.error), { field: 'location' });
  }
  return parsed.data;
}

export function toPoint(key: string, [at = '0', value = 'nan', step = '0']: readonly string[]): Metric {
  return { key, at: Number(at), value: fromWire(value) ?? Number.NaN, step: Number(step) };
}

/** Where an experiment lies: deleted ones are in the trash. */
export function experimentFolder(root: string, experimentId: string): string {
  const deleted = path.join(root, trash, experimentId);
  return existsSync(deleted) ? deleted : path.join(root, experimentId);
}
