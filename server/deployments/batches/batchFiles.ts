import { realpathSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { isBelow } from '../../platform/files/isBelow.ts';

/** The formats of files, by their endings. */
const formats: Readonly<Record<string, BatchFormat>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.parquet': 'parquet', '.pq': 'parquet' };
export type BatchFormat = 'csv' | 'jsonl' | 'parquet';
const endings = Object.keys(formats).join(', ');

/** A file as it was when the batch was asked for. */
export const batchFile = z.object({ path: z.string(), bytes: z.number(), modified: z.number() });
export type BatchFile = z.infer<typeof batchFile>;

export function formatOf(file: string): BatchFormat | undefined {
  return formats[path.extname(file).toLowerCase()];
}

/** @throws Problem `invalid-input` that names the formats that there are */
export function requireFormat(file: string, field: 'inputs' | 'out'): BatchFormat {
  const found = formatOf(file);
  if (found === undefined) {
    throw new Problem('invalid-input', `${field}: the ending of ${file} is none of ${endings}.`, { field, remedy: 'Convert the file to CSV, JSON Lines or Parquet, or give it the ending of its format.' });
  }
  return found;
}

/**
 * The files that inputs name, each once: those of folders and patterns in the order of their paths.
 * @param home the data home, in which no file may lie
 * @throws Problem `invalid-input` for what is not there, is no file or names none
 */
export async function findBatchFiles(inputs: readonly string[], home: string): Promise<BatchFile[]> {
  const found = new Map<string, BatchFile>();
  for (const input of inputs) {
    if (!path.isAbsolute(input)) {
      throw new Problem('invalid-input', `inputs: ${input} is no whole path.`, { field: 'inputs', remedy: 'The companion has another folder than you: give paths from the root.' });
    }
    const files = await filesOf(path.normalize(input));
    if (files.length === 0) {
      throw new Problem('invalid-input', `inputs: ${input} names no file with one of the endings ${endings}.`, { field: 'inputs' });
    }
    for (const file of files) {
      requireFormat(file, 'inputs');
      found.set(file, await factsOf(file, home));
    }
  }
  return [...found.values()];
}

async function filesOf(input: string): Promise<string[]> {
  if (/[*?]/.test(input)) {
    return matching(input);
  }
  const facts = await stat(input).catch((error: unknown) => {
    throw new Problem('invalid-input', `inputs: ${input} cannot be read: ${systemErrorCode(error) ?? String(error)}.`, { field: 'inputs', remedy: 'Name a file, a folder or a pattern.' });
  });
  return facts.isDirectory() ? below(input, () => true) : [input];
}

async function below(folder: string, wanted: (file: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.filter((file) => formatOf(file) !== undefined && wanted(file)).sort();
}

/** The files that a pattern names: `*` and `?` within one name, `**` any folders. */
function matching(pattern: string): Promise<string[]> {
  const parts = pattern.split(path.sep);
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const folder = parts.slice(0, first).join(path.sep) || path.sep;
  const separator = `\\${path.sep}`;
  const within = `[^${separator}]`;
  const expression = parts
    .slice(first)
    .map((part, index, all) => (part === '**' ? `(?:.*${separator})?` : `${named(part, within)}${index === all.length - 1 ? '' : separator}`))
    .join('');
  const whole = new RegExp(`^${expression}$`);
  return below(folder, (file) => whole.test(path.relative(folder, file))).catch((error: unknown) => {
    throw new Problem('invalid-input', `inputs: the folder ${folder} cannot be read: ${systemErrorCode(error) ?? String(error)}.`, { field: 'inputs' });
  });
}

function named(part: string, within: string): string {
  return part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, `${within}*`).replace(/\?/g, within);
}

async function factsOf(file: string, home: string): Promise<BatchFile> {
  const facts = await stat(file).catch((error: unknown) => {
    throw new Problem('invalid-input', `inputs: ${file} cannot be read: ${systemErrorCode(error) ?? String(error)}.`, { field: 'inputs' });
  });
  if (!facts.isFile()) {
    throw new Problem('invalid-input', `inputs: ${file} is no regular file.`, { field: 'inputs' });
  }
  requireOutside(file, home, 'inputs');
  return { path: file, bytes: facts.size, modified: facts.mtimeMs };
}

function requireOutside(file: string, home: string, field: 'inputs' | 'out'): void {
  if (isBelow(realpathSync(file), realpathSync(home))) {
    throw new Problem('invalid-input', `${field}: ${file} lies in Slipway's data home.`, { field, remedy: 'Name another place.' });
  }
}

/**
 * @param overwrite whether a file that is there may be replaced
 * @throws Problem `invalid-input` for a place that cannot be written, `conflict` for a file that is there
 */
export function requireOut(out: string, overwrite: boolean, files: readonly BatchFile[], home: string): void {
  const field = 'out';
  if (!path.isAbsolute(out)) {
    throw new Problem('invalid-input', `out: ${out} is no whole path.`, { field, remedy: 'The companion has another folder than you: give a path from the root.' });
  }
  requireFormat(out, 'out');
  if (files.some((file) => file.path === path.normalize(out))) {
    throw new Problem('invalid-input', `out: ${out} is one of the files that are to be scored.`, { field, remedy: 'Name another file.' });
  }
  const folder = path.dirname(out);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Problem('invalid-input', `out: there is no folder ${folder}.`, { field, remedy: 'Make it first.' });
  }
  requireOutside(folder, home, 'out');
  const there = statSync(out, { throwIfNoEntry: false });
  if (there !== undefined && !(there.isFile() && overwrite)) {
    throw new Problem('conflict', `out: ${out} is there already.`, { field, ...(there.isFile() ? { remedy: 'Name another file, or say that it may be replaced (--overwrite).' } : {}) });
  }
}

/** @throws Problem `conflict` for a file that is another than when the batch was asked for */
export async function requireUnchanged(file: BatchFile): Promise<void> {
  const facts = await stat(file.path).catch(() => undefined);
  if (facts?.size !== file.bytes || facts.mtimeMs !== file.modified) {
    throw new Problem('conflict', `${file.path} ${facts === undefined ? 'is gone' : 'has changed'} since the batch was asked for.`, { remedy: 'Score it anew.' });
  }
}
