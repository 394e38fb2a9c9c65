import type { Database } from 'better-sqlite3';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { release as releaseSchema, type Release } from '../../contract/releases.ts';
import type { DataHome } from '../../platform/home.ts';

export interface ReleaseOnDisk {
  readonly release: Release;
  readonly folder: string;
  readonly exists: boolean;
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[];
}

/** All releases that the database knows, each with where its model's files belong. */
export function releasesOnDisk({ releases }: Pick<DataHome, 'releases'>, database: Database): ReleaseOnDisk[] {
  return database
    .prepare<[], { document: string }>('SELECT document FROM releases ORDER BY created_at')
    .all()
    .map(({ document }) => {
      const release = releaseSchema.parse(JSON.parse(document));
      const folder = path.join(releases, release.digest);
      const files = release.model.files.map(({ path: name, sha256, bytes }) => ({ file: path.join(folder, 'model', ...name.split('/')), sha256, bytes }));
      return { release, folder, exists: existsSync(folder), files };
    });
}
