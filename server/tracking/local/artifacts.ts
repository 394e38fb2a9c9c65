import type { Readable } from 'node:stream';
import { Problem } from '../../platform/errors.ts';
import { checkArtifactPath, invalidPath } from '../../artifacts/artifactPath.ts';
import type { BlobReader, BlobStore, ByteRange, Content, ContentOptions, LocalFile } from '../../artifacts/blobs.ts';
import type { Database } from '../../platform/database/database.ts';

export interface StoredArtifact {
  /** Below the root `mlflow-artifacts:/`. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ListedArtifact {
  /** The last part of its path. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes?: number;
}

/** Files of runs and models. A path is a row that names a blob, so no path reaches the file system. */
export interface ArtifactReader {
  find(path: string): StoredArtifact | undefined;
  /** @throws Problem `not-found` when the index or the blob store lacks it */
  open(path: string, range?: ByteRange): Promise<{ artifact: StoredArtifact; content: Readable }>;
  /** One level, by name. Nothing for a file or a path that does not exist. */
  list(folder: string): ListedArtifact[];
  /** Every file below a folder, by path. */
  below(folder: string): StoredArtifact[];
  /** Its content as a file of this machine. @throws Problem `not-found` when the blob store lacks it */
  materialize(artifact: StoredArtifact): Promise<LocalFile>;
}

/** Names that would be unsafe elsewhere are refused, because clients write them to their disks. */
export interface Artifacts extends ArtifactReader {
  /** @throws Problem `invalid-input` also for a folder, and for a path below a file */
  put(path: string, content: Content, options?: ContentOptions): Promise<StoredArtifact>;
  /** Removes a file, or a folder with all that is below it; tells how many files went. */
  delete(path: string): number;
}

/** All paths below a folder lie between these; "0" follows "/" in code order. */
function bounds(folder: string): [string, string] {
  return folder === '' ? ['', '\u{10ffff}'] : [`${folder}/`, `${folder}0`];
}

function contentGone(path: string, error: unknown): never {
  throw Problem.is(error, 'not-found') ? new Problem('not-found', `The content of the artifact '${path}' is no longer on disk.`, { field: 'path', cause: error }) : error;
}

export function createArtifactReader(database: Database, blobs: BlobReader): ArtifactReader {
  const byPath = database.prepare<[string], StoredArtifact>('SELECT path, sha256, bytes FROM artifacts WHERE path = ?');
  const next = database.prepare<[string, string], StoredArtifact>(
    'SELECT path, sha256, bytes FROM artifacts WHERE path >= ? AND path < ? ORDER BY path LIMIT 1',
  );
  const range = database.prepare<[string, string], StoredArtifact>('SELECT path, sha256, bytes FROM artifacts WHERE path >= ? AND path < ? ORDER BY path');

  return {
    find: (path) => byPath.get(checkArtifactPath(path)),
    async open(path, byteRange = {}) {
      const artifact = byPath.get(checkArtifactPath(path));
      if (artifact === undefined) {
        throw new Problem('not-found', `No such artifact: '${path}'`, { field: 'path' });
      }
      const content = await blobs.open(artifact.sha256, byteRange).catch((error: unknown) => contentGone(path, error));
      return { artifact, content };
    },
    list(folder) {
      const clean = checkArtifactPath(folder);
      const [start, end] = bounds(clean);
      const listed: ListedArtifact[] = [];
      let from = start;
      for (let found = next.get(from, end); found !== undefined; found = next.get(from, end)) {
        const name = found.path.slice(start.length);
        const slash = name.indexOf('/');
        if (slash === -1) {
          listed.push({ name, isFolder: false, bytes: found.bytes });
          from = `${found.path}\0`;
        } else {
          const first = name.slice(0, slash);
          listed.push({ name: first, isFolder: true });
          from = `${start}${first}0`;
        }
      }
      return listed;
    },
    below: (folder) => range.all(...bounds(checkArtifactPath(folder))),
    materialize: ({ path, sha256 }) => blobs.materialize(sha256).catch((error: unknown) => contentGone(path, error)),
  };
}

export function createArtifacts(database: Database, blobs: BlobStore, now: () => number = Date.now): Artifacts {
  const insert = database.prepare<[string, string, number, number]>(
    `INSERT INTO artifacts (path, sha256, bytes, stored_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes, stored_at = excluded.stored_at`,
  );
  const remove = database.prepare<[string, string, string]>('DELETE FROM artifacts WHERE path = ? OR (path >= ? AND path < ?)');
  const reader = createArtifactReader(database, blobs);

  /** Clients write what they download to a disk, where a name is either a file or a folder. */
  const checkPlace = (path: string): void => {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (reader.find(parent) !== undefined) {
        throw new Problem('invalid-input', `The artifact '${parent}' is a file: nothing can lie below it.`, { field: 'path' });
      }
    }
    if (reader.list(path).length > 0) {
      throw new Problem('invalid-input', `The artifact path '${path}' is a folder.`, { field: 'path' });
    }
  };
  const add = database.transaction((path: string, sha256: string, bytes: number) => {
    checkPlace(path);
    insert.run(path, sha256, bytes, now());
  });

  return {
    ...reader,
    async put(path, content, options) {
      const clean = checkArtifactPath(path);
      if (clean === '') {
        throw invalidPath();
      }
      checkPlace(clean);
      const { sha256, bytes } = await blobs.put(content, options);
      add(clean, sha256, bytes);
      return { path: clean, sha256, bytes };
    },
    delete(path) {
      const clean = checkArtifactPath(path);
      if (clean === '') {
        throw invalidPath();
      }
      return remove.run(clean, ...bounds(clean)).changes;
    },
  };
}
