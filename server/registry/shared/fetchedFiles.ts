import { Problem } from '../../platform/errors.ts';
import { digestOf, type ModelFile } from '../../models/models.ts';
import type { Progress } from '../../platform/command.ts';
import type { BlobStore } from '../../artifacts/blobs.ts';
import type { Database } from '../../platform/database/database.ts';
import { checkArtifactPath } from '../../artifacts/artifactPath.ts';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import type { ModelPlace } from '../../tracking/shared/modelPlace.ts';
import type { FetchedVersion } from './sharedVersions.ts';

interface VersionKey {
  readonly server: string;
  readonly name: string;
  readonly version: number;
}

/** Files of remote model versions, kept by their content. */
export interface FetchedFiles {
  /** Undefined until all files are here. */
  known(key: VersionKey): FetchedVersion | undefined;
  /**
   * Fetches what is missing; a file that is here with the size that the server tells is not fetched again. What was fetched before an
   * interruption stays.
   */
  fetch(key: VersionKey, place: ModelPlace, progress: Progress, signal: AbortSignal): Promise<ModelFile[]>;
}

export function createFetchedFiles(database: Database, blobs: BlobStore): FetchedFiles {
  const where = 'server = @server AND name = @name AND version = @version';
  const version = database.prepare<VersionKey, { location: string; digest: string | null }>(`SELECT location, digest FROM remote_versions WHERE ${where}`);
  const insert = database.prepare<VersionKey & { location: string }>(
    'INSERT INTO remote_versions (server, name, version, location) VALUES (@server, @name, @version, @location)',
  );
  const remove = database.prepare<VersionKey>(`DELETE FROM remote_versions WHERE ${where}`);
  const setDigest = database.prepare<VersionKey & { digest: string | null }>(`UPDATE remote_versions SET digest = @digest WHERE ${where}`);
  const files = database.prepare<VersionKey, ModelFile>(`SELECT path, sha256, bytes FROM remote_version_files WHERE ${where} ORDER BY path`);
  const put = database.prepare<VersionKey & ModelFile>(
    'INSERT OR REPLACE INTO remote_version_files (server, name, version, path, sha256, bytes) VALUES (@server, @name, @version, @path, @sha256, @bytes)',
  );
  const drop = database.prepare<VersionKey & { path: string }>(`DELETE FROM remote_version_files WHERE ${where} AND path = @path`);

  const begin = database.transaction((key: VersionKey, location: string): ModelFile[] => {
    if (version.get(key)?.location !== location) {
      remove.run(key);
      insert.run({ ...key, location });
    }
    return files.all(key);
  });
  const finish = database.transaction((key: VersionKey, wanted: readonly ModelFile[]) => {
    const paths = new Set(wanted.map(({ path }) => path));
    files
      .all(key)
      .filter(({ path }) => !paths.has(path))
      .forEach(({ path }) => drop.run({ ...key, path }));
    setDigest.run({ ...key, digest: digestOf(wanted) });
  });
  const isHere = async (file: ModelFile, bytes: number | undefined): Promise<boolean> => bytes === file.bytes && (await blobs.stat(file.sha256))?.bytes === bytes;

  return {
    known(key) {
      const digest = version.get(key)?.digest;
      return digest === undefined || digest === null ? undefined : { digest, bytes: files.all(key).reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    async fetch(key, place, progress, signal) {
      const here = new Map(begin(key, place.location).map((file) => [file.path, file]));
      const listed: ArtifactFile[] = [];
      for await (const file of place.files()) {
        listed.push({ ...file, path: checkArtifactPath(file.path) });
      }
      if (!listed.some(({ path }) => path === 'MLmodel')) {
        throw new Problem('invalid-input', `${key.server} has no MLmodel file for version ${key.version} of ${key.name}.`, { remedy: 'Log the model again, and register that.' });
      }
      const fetched: ModelFile[] = [];
      for (const [index, { path, bytes }] of listed.entries()) {
        signal.throwIfAborted();
        const known = here.get(path);
        if (known !== undefined && (await isHere(known, bytes))) {
          fetched.push(known);
          continue;
        }
        progress(`Fetching ${path} from ${key.server} (${index + 1} of ${listed.length})`);
        const file = { path, ...(await blobs.put(place.read(path))) };
        if (bytes !== undefined && bytes !== file.bytes) {
          throw new Problem('unavailable', `${key.server} gave ${file.bytes} of the ${bytes} bytes of ${path}.`, { remedy: 'Try again.' });
        }
        put.run({ ...key, ...file });
        fetched.push(file);
      }
      finish(key, fetched);
      return fetched.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}
