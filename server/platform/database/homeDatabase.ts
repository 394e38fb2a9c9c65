import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageOf, Problem } from '../errors.ts';
import type { DataHome } from '../home.ts';
import { listBackups } from './backups.ts';
import { openDatabase, type Database } from './database.ts';

type Homes = Pick<DataHome, 'database' | 'backups' | 'blobs' | 'releases'>;

/**
 * Opens the database of a data home for the companion.
 * @throws Problem `conflict` when it was written by a newer version, or when it is missing or empty beside artifacts or releases: an empty store would
 * take them for content that nothing uses, and remove them. The files stay as they are.
 */
export function openHomeDatabase(home: Homes): Database {
  if ((statSync(home.database, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    refuseLoss(home);
  }
  return openDatabase(home.database, { whenEmpty: () => refuseLoss(home) });
}

function refuseLoss(home: Homes): void {
  const loss = lossOf(home);
  if (loss !== undefined) {
    throw loss;
  }
}

/** What to tell of a database that SQLite finds damaged. */
export function damagedDatabase(home: Homes, cause: unknown): Problem {
  return new Problem('unavailable', `The database ${home.database} is damaged (${messageOf(cause)}): runs, registered models and endpoints cannot be read. Artifacts and releases are not touched.`, {
    field: home.database,
    remedy: `${remedyOf(home)} "slipway doctor" says what else is wrong.`,
    cause,
  });
}

/** What to tell of a database that is missing or has no tables; undefined where there is nothing yet that it could have held. */
export function lossOf(home: Homes): Problem | undefined {
  const held = [...(holdsFiles(path.join(home.blobs, 'sha256')) ? [home.blobs] : []), ...(holdsFiles(home.releases) ? [home.releases] : [])];
  if (held.length === 0) {
    return undefined;
  }
  const state = statSync(home.database, { throwIfNoEntry: false }) === undefined ? 'is missing' : 'is empty';
  return new Problem('conflict', `The database ${home.database} ${state}, and ${held.join(' and ')} ${held.length === 1 ? 'holds' : 'hold'} what belongs to it.`, {
    field: home.database,
    remedy: `${remedyOf(home)} To begin anew, move ${held.join(' and ')} away.`,
  });
}

function remedyOf({ backups }: Homes): string {
  const [newest] = listBackups(backups);
  return newest === undefined ? `Restore a copy of it with "slipway restore FILE"; ${backups} holds none.` : `Restore the newest backup: slipway restore "${newest}".`;
}

function holdsFiles(folder: string): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).some((item) => item.isFile() || (item.isDirectory() && holdsFiles(path.join(folder, item.name))));
  } catch {
    return false;
  }
}
