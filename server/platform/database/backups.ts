import { readdirSync } from 'node:fs';
import path from 'node:path';
import { systemErrorCode } from '../errors.ts';

const backupName = /^slipway-[\d-]+T[\d-]+Z\.db$/;

/** The name of the backup that is begun at this moment, in UTC: names are in the order of their times. */
export function nameOfBackup(at: Date): string {
  return `slipway-${at.toISOString().replace(/[:.]/g, '-')}.db`;
}

/** The backups in a folder, the newest first. */
export function listBackups(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
  return names
    .filter((name) => backupName.test(name))
    .sort()
    .reverse()
    .map((name) => path.join(folder, name));
}
