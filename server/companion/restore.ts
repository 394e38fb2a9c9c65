import { existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Caller } from '../contract/caller.ts';
import { recordRestore } from '../governance/recordRestore.ts';
import { copyDatabase, openToRead } from '../platform/database/copyDatabase.ts';
import { flushFolder } from '../platform/files/flush.ts';
import { replaceHead } from '../governance/openAudit.ts';
import { newestSchema, openDatabase } from '../platform/database/database.ts';
import { isDamage, messageOf, Problem } from '../platform/errors.ts';
import { sha256OfFile } from '../platform/hash.ts';
import { prepareHome } from '../platform/home.ts';
import { requireHome } from '../platform/exclusiveHome.ts';

export interface Restored {
  /** The database that was there before; undefined when there was none. */
  readonly replaced: string | undefined;
  readonly schema: number;
}

/**
 * Checks that a file is a whole database that this version can read.
 * @returns its schema
 * @throws Problem `not-found`, `invalid-input` when it is no database of Slipway or a damaged one, or `conflict` when it is of a newer version
 */
export function checkBackup(file: string): number {
  try {
    const database = openToRead(file);
    try {
      const schema = Number(database.pragma('user_version', { simple: true }));
      const isOurs = schema > 0 && database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'audit'").get() !== undefined;
      if (!isOurs) {
        throw new Problem('invalid-input', `${file} is no database of Slipway.`, { field: file, remedy: backupRemedy });
      }
      if (schema > newestSchema()) {
        throw new Problem('conflict', `${file} is of a newer Slipway (schema ${schema}; this one knows ${newestSchema()}).`, { field: file, remedy: 'Update Slipway.' });
      }
      const [said] = database.prepare<[], { integrity_check: string }>('PRAGMA integrity_check(1)').all();
      if (said?.integrity_check !== 'ok') {
        throw new Problem('invalid-input', `${file} is damaged (${said?.integrity_check ?? 'no answer'}).`, { field: file, remedy: backupRemedy });
      }
      return schema;
    } finally {
      database.close();
    }
  } catch (error) {
    throw isDamage(error) ? new Problem('invalid-input', `${file} is no database, or a damaged one (${messageOf(error)}).`, { field: file, remedy: backupRemedy, cause: error }) : error;
  }
}

const backupRemedy = '"slipway restore" without a file lists the backups.';

/**
 * Puts a copy of a backup in the place of the database, brought to the newest schema and with an entry in its audit log. What was there is kept beside
 * it under a name with the time. The audit log says how far the one went that was there: its heads are given up, and not taken for a log that was
 * shortened. The database is the one or the other at every moment, or missing, which the companion refuses to start with.
 * @throws Problem of {@link checkBackup}; `conflict` while a companion has the data home
 */
export async function restoreDatabase(root: string, file: string, actor: Caller, now: () => Date = () => new Date()): Promise<Restored> {
  const home = prepareHome(root);
  const schema = checkBackup(file);
  if (existsSync(home.database) && realpathSync(file) === realpathSync(home.database)) {
    throw new Problem('invalid-input', `${file} is the database itself.`, { field: file, remedy: backupRemedy });
  }
  const hold = requireHome(root);
  try {
    const next = `${home.database}.restoring`;
    removeDatabase(next);
    copyDatabase(file, next);
    const replaced = existsSync(home.database) ? path.join(root, `slipway-replaced-${now().toISOString().replace(/[:.]/g, '-')}.db`) : undefined;
    const head = await recordRestore(home, next, { file: path.resolve(file), sha256: await sha256OfFile(file), replaced }, actor);
    if (replaced !== undefined) {
      checkpoint(home.database);
      moveDatabase(home.database, replaced);
    }
    renameSync(next, home.database);
    flushFolder(root);
    replaceHead(home, head);
    return { replaced, schema };
  } finally {
    hold.release();
  }
}

/** What a companion that was killed left in the log beside the file goes into it; a damaged one stays as it is. */
function checkpoint(database: string): void {
  try {
    openDatabase(database).close();
  } catch {
    // Kept as the files that there are.
  }
}

const parts = ['', '-wal', '-shm'];

function moveDatabase(from: string, to: string): void {
  for (const part of parts.filter((each) => existsSync(`${from}${each}`))) {
    renameSync(`${from}${part}`, `${to}${part}`);
  }
}

function removeDatabase(file: string): void {
  parts.forEach((part) => rmSync(`${file}${part}`, { force: true }));
}
