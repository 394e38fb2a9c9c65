import { lstatSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { Problem } from '../../platform/errors.ts';
import { sqliteBinding } from '../../platform/resources.ts';

function open(file: string, readonly: boolean): SqliteDatabase.Database {
  const nativeBinding = sqliteBinding();
  return new SqliteDatabase(file, { readonly, fileMustExist: true, timeout: 20_000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
}

/**
 * Whether a program that wrote to a database ended in the middle of a transaction, which a connection that may not write cannot take back.
 * https://sqlite.org/rescode.html#readonly_rollback
 */
function isHalfWritten(database: SqliteDatabase.Database): boolean {
  try {
    database.pragma('schema_version');
    return false;
  } catch (error) {
    return error instanceof SqliteDatabase.SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK';
  }
}

/** Takes an interrupted transaction back, as any program does that opens the database. @throws Problem `invalid-input` where the file cannot be written */
function takeBack(file: string): void {
  try {
    const database = open(file, false);
    try {
      database.pragma('schema_version');
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new Problem('invalid-input', `${file} was left in the middle of a write, which cannot be taken back in a file that is not writable.`, {
      field: 'location',
      remedy: 'Make the file and its folder writable, or open it once with MLflow.',
      cause,
    });
  }
}

/** SQLite waits forever for a pipe that lies where it keeps its journal. @throws Problem `invalid-input` for a file beside it that is none */
function refuseIrregular(file: string): void {
  for (const beside of ['-journal', '-wal', '-shm'].map((end) => `${file}${end}`)) {
    if (lstatSync(beside, { throwIfNoEntry: false })?.isFile() === false) {
      throw new Problem('invalid-input', `${beside} is no regular file.`, { field: 'location', remedy: 'Remove it, or copy the database alone.' });
    }
  }
}

/**
 * Opens a database without writing to it; what a connection makes in its temporary schema is no part of the file. A transaction that a
 * killed program left behind is taken back first.
 */
export function openReadonly(file: string): SqliteDatabase.Database {
  refuseIrregular(file);
  const database = open(file, true);
  if (!isHalfWritten(database)) {
    return database;
  }
  database.close();
  takeBack(file);
  return open(file, true);
}

/** The names of its tables. @throws Problem `invalid-input` for another file; the database is closed then */
export function readTables(database: SqliteDatabase.Database): Set<string> {
  try {
    return new Set(database.prepare<[], { name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`).all().map(({ name }) => name));
  } catch (cause) {
    database.close();
    throw new Problem('invalid-input', `${database.name} is not a SQLite database.`, {
      field: 'location',
      remedy: 'Name an mlflow.db, an mlruns folder or the URL of a server.',
      cause,
    });
  }
}
