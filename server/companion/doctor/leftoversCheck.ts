import type { Database } from 'better-sqlite3';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { blobPath } from '../../artifacts/disk/layout.ts';
import { formatBytes } from '../../contract/format/bytes.ts';
import { plural } from '../../contract/format/plural.ts';
import type { DataHome } from '../../platform/home.ts';
import { bytesOf } from '../../releases/releaseDisk.ts';
import { finding, type Check, type Finding } from './examination.ts';

/** Names that are given to what is half-written or on its way out, by the folder that they lie in. */
function placesOf(home: DataHome): readonly (readonly [folder: string, name: RegExp])[] {
  const temporary = /\.tmp(-journal)?$/;
  return [
    [home.root, /\.\d+\.\d+\.tmp$|^\.probe-|\.db\.restoring/],
    [home.backups, temporary],
    [home.secrets, temporary],
    [home.releases, /^\.(new|pruned)-/],
    [home.environments, /^\.(wheels|pruned)-/],
    ...namesIn(home.blobs).filter((name) => name.startsWith('incoming')).map((name) => [path.join(home.blobs, name), /./] as const),
  ];
}

/** What a process that was killed left half-written. */
export const leftoversCheck: Check = {
  name: 'leftovers',
  label: 'what was left half-written',
  async run({ home, database, held }) {
    if (held) {
      return { looked: 'not looked at: the companion may be writing', findings: [] };
    }
    const findings: Finding[] = [];
    for (const [folder, name] of placesOf(home)) {
      for (const file of namesIn(folder).filter((each) => name.test(each)).map((each) => path.join(folder, each))) {
        const repair = { does: 'removes it', run: () => rmSync(file, { recursive: true, force: true, maxRetries: 3 }) };
        findings.push(finding(file, `It was left half-written (${formatBytes(await bytesOf(file))}).`, { wrong: false, repair }));
      }
    }
    if (database !== undefined) {
      findings.push(...takenAside(home, database));
    }
    return { looked: findings.length === 0 ? 'nothing is left' : plural(findings.length, 'leftover'), findings };
  },
};

/** Contents that a removal had taken aside and not decided about. */
function takenAside(home: DataHome, database: Database): Finding[] {
  const aside = path.join(home.blobs, 'removed');
  const used = database.prepare<{ sha256: string }, { one: number }>('SELECT 1 AS one FROM artifacts WHERE sha256 = @sha256 UNION ALL SELECT 1 FROM remote_version_files WHERE sha256 = @sha256 LIMIT 1');
  return namesIn(aside).map((sha256) => {
    const file = path.join(aside, sha256);
    const place = blobPath(home.blobs, sha256);
    if (used.get({ sha256 }) === undefined || existsSync(place)) {
      return finding(file, 'Nothing uses this content; it was being removed.', { wrong: false, repair: { does: 'removes it', run: () => rmSync(file, { force: true }) } });
    }
    const run = (): void => {
      mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
      renameSync(file, place);
    };
    return finding(file, 'A content that is used was taken aside.', { repair: { does: `moves it back to ${place}`, run } });
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
