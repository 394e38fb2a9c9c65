import SqliteDatabase from 'better-sqlite3';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Problem, systemErrorCode } from './errors.ts';
import { sqliteBinding } from './resources.ts';

/** Holds a data home for this process until released or until the process ends, however it ends. */
export interface HomeHold {
  release(): void;
}

/** A connection that nobody refers to is closed when memory is collected, and its lock with it. */
const held = new Set<SqliteDatabase.Database>();

/** Whether a companion has a data home. */
export function isHeld(root: string): boolean {
  if (!existsSync(root)) {
    return false;
  }
  const hold = holdHome(root);
  hold?.release();
  return hold === undefined;
}

/**
 * Takes a data home for this process alone, or returns undefined when another process has it. The hold is a lock of the operating
 * system on a file that SQLite keeps open, so a kill leaves nothing stale behind.
 * @param lock name of that file: each kind of process has its own
 */
export function holdHome(root: string, lock = 'companion.lock'): HomeHold | undefined {
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(path.join(root, lock), {
    timeout: 0,
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
  });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
    held.add(database);
    return {
      release: () => {
        held.delete(database);
        database.close();
      },
    };
  } catch (error) {
    database.close();
    if (systemErrorCode(error) === 'SQLITE_BUSY') {
      return undefined;
    }
    throw error;
  }
}

/**
 * Takes a data home for what a command does with its files.
 * @throws Problem `conflict` while a companion, or another such command, has it
 */
export function requireHome(root: string): HomeHold {
  const hold = holdHome(root);
  if (hold === undefined) {
    throw new Problem('conflict', `A companion has the data home ${root}.`, { remedy: 'Stop it with "slipway stop".' });
  }
  return hold;
}
