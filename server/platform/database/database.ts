import SqliteDatabase from 'better-sqlite3';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../errors.ts';
import { migrationsFolder, sqliteBinding } from '../resources.ts';
import { defineInTime, type StatementTime } from './statementTime.ts';

export type Database = SqliteDatabase.Database;

export interface OpenOptions {
  /** For workers and panels' long reads: no migration, no writes. */
  readonly readonly?: boolean;
  /** Ends statements that ask for it (`in_time()`). */
  readonly statementTime?: StatementTime;
  /** Called before a database that has no tables gets them; what it throws leaves the file as it is. */
  readonly whenEmpty?: () => void;
}

/**
 * Opens the companion's database in WAL mode and brings it to the newest schema.
 *
 * `synchronous = NORMAL` in WAL mode: a transaction that was acknowledged survives the end of the process at any moment; a power
 * cut can take back the last ones but never corrupts the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * @throws Problem `conflict` when the file was written by a newer version.
 */
export function openDatabase(file: string, options: OpenOptions = {}): Database {
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, {
    timeout: 5000,
    readonly: options.readonly ?? false,
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
  });
  try {
    // 32 MB of pages, taken as they are read: the default of 2 MB makes every search of many runs go back to the file.
    database.pragma('cache_size = -32768');
    database.pragma('temp_store = MEMORY');
    if (options.readonly !== true) {
      // Before anything is written: a database of a newer version is left as it is.
      refuseNewer(database);
      if (schemaVersion(database) === 0) {
        options.whenEmpty?.();
      }
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('journal_size_limit = 67108864');
      lockWhenBeginning(database);
      migrate(database);
    }
    database.pragma('foreign_keys = ON');
    defineInTime(database, options.statementTime ?? { until: Infinity });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Transactions take the write lock when they begin. One that reads first and writes then could not wait for another connection that
 * wrote in between (the worker of monitoring does): SQLite ends it with SQLITE_BUSY whatever the timeout.
 */
function lockWhenBeginning(database: Database): void {
  const begin = database.transaction.bind(database);
  database.transaction = ((work: Parameters<typeof begin>[0]) => {
    const made = begin(work);
    const immediate = (...parameters: unknown[]): unknown => made.immediate(...parameters);
    return Object.assign(immediate, { default: immediate, deferred: immediate, immediate, exclusive: immediate });
  }) as Database['transaction'];
}

interface Migration {
  readonly version: number;
  readonly file: string;
}

/** @throws Error when two files have the same number, of which only one would ever be applied */
function listMigrations(): Migration[] {
  const found = readdirSync(migrationsFolder)
    .filter((file) => /^\d{4}-[\w-]+\.sql$/.test(file))
    .sort()
    .map((file) => ({ version: Number.parseInt(file, 10), file }));
  const twice = found.find(({ version }, index) => found[index + 1]?.version === version);
  if (twice !== undefined) {
    throw new Error(`There are two migrations of the number ${twice.version}.`);
  }
  return found;
}

/** The schema that this build writes. */
export function newestSchema(): number {
  return listMigrations().at(-1)?.version ?? 0;
}

function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function refuseNewer(database: Database): void {
  const newest = newestSchema();
  const current = schemaVersion(database);
  if (current > newest) {
    throw new Problem('conflict', `The database is of a newer Slipway (schema ${current}; this one knows ${newest}).`, {
      remedy: 'Update Slipway, or set SLIPWAY_HOME to another folder.',
    });
  }
}

/**
 * Applies what `user_version` has not seen yet, each migration in a transaction of its own. Foreign keys are not followed meanwhile:
 * dropping a table to rebuild it would take the rows that refer to it along (https://www.sqlite.org/lang_altertable.html#otheralter).
 */
function migrate(database: Database): void {
  database.pragma('foreign_keys = OFF');
  const current = schemaVersion(database);
  for (const { version, file } of listMigrations()) {
    if (version <= current) {
      continue;
    }
    const sql = readFileSync(path.join(migrationsFolder, file), 'utf8');
    database
      .transaction(() => {
        // Another companion may have come first between the read above and this write.
        if (schemaVersion(database) < version) {
          database.exec(sql);
          database.pragma(`user_version = ${version}`);
        }
      })
      .immediate();
  }
}
