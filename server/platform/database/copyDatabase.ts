import SqliteDatabase from 'better-sqlite3';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../errors.ts';
import { flushFile, flushFolder } from '../files/flush.ts';
import { sqliteBinding } from '../resources.ts';

/**
 * Opens a database to look at it, whatever its schema; nothing is written into it.
 * @throws Problem `not-found` when there is no such file
 */
export function openToRead(file: string): SqliteDatabase.Database {
  if (!existsSync(file)) {
    throw new Problem('not-found', `There is no file ${file}.`, { field: file });
  }
  const nativeBinding = sqliteBinding();
  return new SqliteDatabase(file, { readonly: true, fileMustExist: true, timeout: 5000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
}

/**
 * Copies a database as it is at one moment, also while others write into it (https://www.sqlite.org/lang_vacuum.html#vacuuminto). The same content
 * makes the same bytes. The copy has its name when it is whole and on disk, and replaces what had it.
 */
export function copyDatabase(from: string, to: string): void {
  const temporary = `${to}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    const database = openToRead(from);
    try {
      database.prepare('VACUUM INTO ?').run(temporary);
    } finally {
      database.close();
    }
    flushFile(temporary);
    renameSync(temporary, to);
    flushFolder(path.dirname(to));
  } finally {
    rmSync(temporary, { force: true });
    rmSync(`${temporary}-journal`, { force: true });
  }
}
