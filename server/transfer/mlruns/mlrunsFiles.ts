import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { systemErrorCode } from '../../platform/errors.ts';

/** Writes small files of a file store: readers see a whole file or none, also after a kill. */
export interface MlrunsFiles {
  readonly write: (file: string, content: string) => void;
  /** The `meta.yaml` of a folder. */
  readonly writeMeta: (folder: string, values: object) => void;
  /** One file for each key. */
  readonly writeEntries: (folder: string, entries: ReadonlyMap<string, string>) => void;
}

/** Whether a folder can have the name that a source gives: anything else would lead elsewhere. */
export function isFolderName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

/**
 * Writes the file of a key. A file store cannot hold every key: one may be a file where another needs a folder (`a` and `a/b`), be too
 * long for the disk, or be no normalized path below its folder (`../a`) and so another file. Those are passed over; the comparison at the end reports
 * what is missing.
 */
export function writeEntry(folder: string, key: string, write: (file: string) => void): void {
  const file = path.resolve(folder, key);
  if (path.posix.normalize(key) !== key || !file.startsWith(path.resolve(folder) + path.sep)) {
    return;
  }
  try {
    write(file);
  } catch (error) {
    if (!['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ'].includes(systemErrorCode(error) ?? '')) {
      throw error;
    }
  }
}

/** @param unfinished a folder on the same disk that holds files until they are whole */
export function createMlrunsFiles(unfinished: string): MlrunsFiles {
  const write = (file: string, content: string): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    const temporary = path.join(unfinished, `${randomUUID()}.tmp`);
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  };
  return {
    write,
    writeMeta(folder, values) {
      write(path.join(folder, 'meta.yaml'), stringify(values, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 }));
    },
    writeEntries(folder, entries) {
      for (const [key, value] of entries) {
        writeEntry(folder, key, (file) => write(file, value));
      }
    },
  };
}
