import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../platform/database/copyDatabase.ts';
import { damagedDatabase } from '../platform/database/homeDatabase.ts';
import { isDamage, Problem, systemErrorCode } from '../platform/errors.ts';
import type { DataHome } from '../platform/home.ts';

/**
 * Writes a copy of the database to a file of its own, also while a companion runs.
 * @returns its bytes
 * @throws Problem `already-exists` when there is something of that name, `not-found` when its folder or the database is not there, `unavailable` when
 * the database is damaged
 */
export function backUpToFile(home: DataHome, file: string): number {
  reserve(file);
  try {
    copyDatabase(home.database, file);
    return statSync(file).size;
  } catch (error) {
    rmSync(file, { force: true });
    throw isDamage(error) ? damagedDatabase(home, error) : error;
  }
}

/** Nobody else makes a file of that name from now on. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') {
      throw new Problem('already-exists', `${file} exists already.`, { field: file, remedy: 'Give the name of a new file.', cause: error });
    }
    if (code === 'ENOENT') {
      throw new Problem('not-found', `There is no folder ${path.dirname(path.resolve(file))}.`, { field: file, cause: error });
    }
    throw error;
  }
}
