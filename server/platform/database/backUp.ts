import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { sha256OfFile } from '../hash.ts';
import { listBackups, nameOfBackup } from './backups.ts';
import { copyDatabase } from './copyDatabase.ts';

export const backupOrder = z.object({
  database: z.string(),
  /** Where backups lie. */
  folder: z.string(),
  /** How many stay. */
  kept: z.number().int().positive(),
});
export type BackupOrder = z.infer<typeof backupOrder>;

/** What a backup came to: the new file, none when the newest has the same content, or why there is none. */
export type BackupAnswer = { readonly file: string | undefined } | { readonly failure: string };

/**
 * Adds a backup and removes the oldest beyond those that stay. When nothing has changed since the newest, that one gets the time of now instead: the
 * backups stay of different states.
 * @returns the new backup; undefined when the newest is still one
 * @throws Problem `disk-full` when little would be left of the disk
 */
export async function backUp({ database, folder, kept }: BackupOrder, now: () => Date = () => new Date()): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What a companion that was killed left half-written.
  for (const name of readdirSync(folder).filter((each) => /\.tmp(-journal)?$/.test(each))) {
    rmSync(path.join(folder, name), { force: true });
  }
  requireRoom(database, folder);
  const [newest] = listBackups(folder);
  const begun = now();
  const file = path.join(folder, nameOfBackup(begun));
  copyDatabase(database, file);
  if (newest !== undefined && (await haveSameContent(file, newest))) {
    rmSync(file);
    utimesSync(newest, begun, begun);
    return undefined;
  }
  for (const old of listBackups(folder).slice(kept)) {
    rmSync(old, { force: true });
  }
  return file;
}

/** Runs in need of the disk come first: a backup takes no more than half of what is free. */
function requireRoom(database: string, folder: string): void {
  // What still lies in the log beside the file comes along.
  const wanted = statSync(database).size + (statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  const { bavail, bsize } = statfsSync(folder);
  if (wanted * 2 > bavail * bsize) {
    throw new Problem('disk-full', `The disk that holds ${folder} has too little room for a backup of the database.`, { remedy: 'Free some space.' });
  }
}

async function haveSameContent(one: string, other: string): Promise<boolean> {
  return statSync(one).size === statSync(other).size && (await sha256OfFile(one)) === (await sha256OfFile(other));
}
