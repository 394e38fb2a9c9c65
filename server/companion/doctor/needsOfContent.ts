import type { Database } from 'better-sqlite3';
import { shortDigest } from '../../contract/format/digests.ts';

/** Says what needs a content, for people: runs with the artifact's path, models, model versions and releases. */
export function createNeedsOfContent(database: Database): (sha256: string) => string[] {
  const paths = database.prepare<[string], { path: string }>('SELECT path FROM artifacts WHERE sha256 = ? ORDER BY path');
  const runName = database.prepare<[string], { name: string }>('SELECT name FROM runs WHERE run_id = ?');
  const modelName = database.prepare<[string], { name: string }>('SELECT name FROM logged_models WHERE model_id = ?');
  const versions = database.prepare<[string], { name: string; version: number }>(
    `SELECT m.name, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model
     WHERE v.deleted_at IS NULL AND substr('mlflow-artifacts:/' || ?, 1, length(coalesce(v.storage_location, v.source)) + 1) = coalesce(v.storage_location, v.source) || '/'
     ORDER BY m.name, v.version`,
  );
  const fetched = database.prepare<[string], { name: string; version: number; server: string; path: string }>('SELECT name, version, server, path FROM remote_version_files WHERE sha256 = ?');
  const releases = database.prepare<[string], { digest: string }>(
    `SELECT digest FROM releases WHERE EXISTS (SELECT 1 FROM json_each(document, '$.model.files') WHERE value ->> '$.sha256' = ?) ORDER BY created_at DESC`,
  );

  const ownerOf = (path: string): string => {
    const [, run, ofRun] = /^\d+\/([0-9a-f]{32})\/artifacts\/(.*)$/.exec(path) ?? [];
    if (run !== undefined) {
      return `run ${runName.get(run)?.name ?? 'that is gone'} (${shortDigest(run)}): ${ofRun}`;
    }
    const [, model, ofModel] = /^\d+\/models\/([^/]+)\/artifacts\/(.*)$/.exec(path) ?? [];
    return model === undefined ? `artifact ${path}` : `logged model ${modelName.get(model)?.name ?? 'that is gone'} (${model}): ${ofModel}`;
  };

  return (sha256) => {
    const found = paths.all(sha256).map(({ path }) => path);
    return [
      ...found.map(ownerOf),
      ...new Set(found.flatMap((path) => versions.all(path)).map(({ name, version }) => `model ${name}, version ${version}`)),
      ...fetched.all(sha256).map(({ name, version, server, path }) => `model ${name}, version ${version} of ${server}: ${path}`),
      ...releases.all(sha256).map(({ digest }) => `release ${shortDigest(digest)}`),
    ];
  };
}
