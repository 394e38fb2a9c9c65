import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metric } from '../../contract/entities.ts';
import { fromWire } from '../../contract/metricValues.ts';

export const trash = '.trash';

export function folders(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((item) => item.isDirectory())
        .map(({ name }) => name)
        .sort()
    : [];
}

export function files(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((item) => item.isFile())
        .map((item) => path.relative(folder, path.join(item.parentPath, item.name)).replaceAll(path.sep, '/'))
        .sort()
    : [];
}

export function entries(folder: string): Map<string, string> {
  return new Map(files(folder).map((key) => [key, readFileSync(path.join(folder, key), 'utf8')]));
}

/** The lines of a metric's file: time, value, step and, in models, the run and the dataset. */
export function* lines(folder: string, key: string): Generator<string[]> {
  for (const line of readFileSync(path.join(folder, key), 'utf8').split('\n')) {
    if (line.trim() !== '') {
      yield line.trim().split(' ');
    }
  }
}

export function toPoint(key: string, [at = '0', value = 'nan', step = '0']: readonly string[]): Metric {
  return { key, at: Number(at), value: fromWire(value) ?? Number.NaN, step: Number(step) };
}

/** Where an experiment lies: deleted ones are in the trash. */
export function experimentFolder(root: string, experimentId: string): string {
  const deleted = path.join(root, trash, experimentId);
  return existsSync(deleted) ? deleted : path.join(root, experimentId);
}
