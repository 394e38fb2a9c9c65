import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256OfFile } from '../platform/hash.ts';
import type { DataReference } from '../contract/notebooks.ts';

/** File types that hold data; scripts, configuration and pictures that a cell names are no training data. */
const dataFile = /\.(?:csv|tsv|parquet|feather|arrow|json|jsonl|ndjson|xlsx?|h5|hdf5|npy|npz|sqlite|db|txt|avro|orc)(?:\.(?:gz|bz2|zip|xz|zst))?$/i;

const stringLiteral = /(?:\b[rRuUfFbB]{0,2})?(["'])((?:(?!\1)[^\\\n]|\\.)*)\1/g;

/** Paths of data files that a cell's source names in string literals, in order of appearance. */
export function namedDataFiles(source: string): string[] {
  const names = [...source.matchAll(stringLiteral)].map((match) => match[2] ?? '').filter((text) => dataFile.test(text) && !/^\w+:\/\//.test(text));
  return [...new Set(names)];
}

const known = new Map<string, DataReference>();
const mostKnown = 1000;

/**
 * Reads what a named file is now: relative names are looked up beside the notebook, then in the workspace. Undefined when there is
 * no such regular file. A file whose size and time have not changed is not read again.
 */
export async function readDataReference(name: string, folders: readonly string[]): Promise<DataReference | undefined> {
  for (const folder of folders) {
    const file = path.resolve(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) {
      continue;
    }
    const actual = await realpath(file);
    const modifiedAt = Math.trunc(found.mtimeMs);
    const remembered = known.get(actual);
    if (remembered?.bytes === found.size && remembered.modifiedAt === modifiedAt) {
      return { ...remembered, path: file };
    }
    const reference = { path: file, sha256: await sha256OfFile(actual), bytes: found.size, modifiedAt };
    if (known.size >= mostKnown) {
      known.clear();
    }
    known.set(actual, reference);
    return reference;
  }
  return undefined;
}
