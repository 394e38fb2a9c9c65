import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { checkKey, checkLength, limits } from '../../platform/names.ts';
import { checkModelName, type RegisteredModelRow, type RegisteredModels } from './registeredModels.ts';

export interface ModelVersionRow {
  readonly model: number;
  readonly name: string;
  readonly version: number;
  readonly stage: string;
  readonly description: string | null;
  readonly user_id: string | null;
  readonly source: string | null;
  readonly storage_location: string | null;
  readonly run_id: string | null;
  readonly run_link: string | null;
  readonly model_id: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export const modelVersionColumns = [
  'model_versions.model',
  'registered_models.name',
  ...['version', 'stage', 'description', 'user_id', 'source', 'storage_location', 'run_id', 'run_link', 'model_id', 'created_at', 'updated_at'].map(
    (column) => `model_versions.${column}`,
  ),
].join(', ');

export const fromModelVersions = 'FROM model_versions JOIN registered_models ON registered_models.id = model_versions.model';

export interface NewVersion {
  readonly description?: string | undefined;
  readonly user: string;
  readonly source: string;
  /** Where the files lie. */
  readonly location: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** MLflow's deprecated stages. */
export const stages = ['None', 'Staging', 'Production', 'Archived'] as const;

/** The stage that a client names, whatever the case of its letters. */
export function canonicalStage(stage: string): string {
  const known = stages.find((candidate) => candidate.toLowerCase() === stage.toLowerCase());
  if (known === undefined) {
    throw new Problem('invalid-input', `Invalid Model Version stage: ${stage}. Value must be one of ${stages.join(', ')}.`, { field: 'stage' });
  }
  return known;
}

/** Versions of registered models. Deleted ones are not found; their numbers are never given again. */
export interface ModelVersions {
  add(model: RegisteredModelRow, version: NewVersion): ModelVersionRow;
  /** @throws Problem `not-found` that names the versions there are */
  find(name: string, version: number): ModelVersionRow;
  /** The newest first. */
  ofModel(model: number): ModelVersionRow[];
  latest(model: number): ModelVersionRow | undefined;
  describe(name: string, version: number, description: string): ModelVersionRow;
  setStage(name: string, version: number, stage: string, archiveOthers: boolean): ModelVersionRow;
  delete(name: string, version: number): void;
  setTag(name: string, version: number, key: string, value: string): void;
  deleteTag(name: string, version: number, key: string): void;
  /** By version number. */
  tags(model: number): Map<number, Map<string, string>>;
}

export function createModelVersions(database: Database, models: RegisteredModels, now: () => number = Date.now): ModelVersions {
  const one = database.prepare<[number, number], ModelVersionRow>(
    `SELECT ${modelVersionColumns} ${fromModelVersions} WHERE model_versions.model = ? AND version = ? AND deleted_at IS NULL`,
  );
  const many = database.prepare<[number], ModelVersionRow>(
    `SELECT ${modelVersionColumns} ${fromModelVersions} WHERE model_versions.model = ? AND deleted_at IS NULL ORDER BY version DESC`,
  );
  const highest = database.prepare<[number], { version: number | null }>('SELECT max(version) AS version FROM model_versions WHERE model = ?');
  const insert = database.prepare<
    [number, number, string | null, string, string, string, string | null, string | null, string | null, number, number]
  >(
    `INSERT INTO model_versions (model, version, description, user_id, source, storage_location, run_id, run_link, model_id, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const setDescription = database.prepare<[string, number, number, number]>('UPDATE model_versions SET description = ?, updated_at = ? WHERE model = ? AND version = ?');
  const setStage = database.prepare<[string, number, number, number]>('UPDATE model_versions SET stage = ?, updated_at = ? WHERE model = ? AND version = ?');
  const archive = database.prepare<[number, number, number, string]>(
    `UPDATE model_versions SET stage = 'Archived', updated_at = ? WHERE model = ? AND version <> ? AND stage = ? AND deleted_at IS NULL`,
  );
  const remove = database.prepare<[number, number, number, number]>(
    `UPDATE model_versions SET deleted_at = ?, updated_at = ?, description = NULL, user_id = NULL, source = NULL, storage_location = NULL,
       run_id = NULL, run_link = NULL, model_id = NULL WHERE model = ? AND version = ?`,
  );
  const dropAliases = database.prepare<[number, number]>('DELETE FROM model_aliases WHERE model = ? AND version = ?');
  const putTag = database.prepare<[number, number, string, string]>('INSERT OR REPLACE INTO model_version_tags (model, version, key, value) VALUES (?, ?, ?, ?)');
  const dropTag = database.prepare<[number, number, string]>('DELETE FROM model_version_tags WHERE model = ? AND version = ? AND key = ?');
  const tagsOf = database.prepare<[number], { version: number; key: string; value: string }>('SELECT version, key, value FROM model_version_tags WHERE model = ?');

  const find = (name: string, version: number): ModelVersionRow => {
    checkModelName(name);
    const id = models.exists(name) ? models.find(name).id : undefined;
    const row = id === undefined ? undefined : one.get(id, version);
    if (row === undefined) {
      const known = id === undefined ? [] : many.all(id).map((existing) => existing.version);
      const some = known.length === 0 ? 'It has no versions.' : `Its versions are ${known.reverse().join(', ')}.`;
      const hint = id === undefined ? 'There is no such model.' : some;
      throw new Problem('not-found', `Model Version (name=${name}, version=${version}) not found`, { field: 'version', remedy: hint });
    }
    return row;
  };
  const checkTag = (key: string, value: string): void => {
    checkKey(key, 'key');
    checkLength(value, limits.registryTagValue, 'value');
  };

  return {
    add: database.transaction((model: RegisteredModelRow, version: NewVersion) => {
      const number = (highest.get(model.id)?.version ?? 0) + 1;
      const at = now();
      insert.run(
        model.id,
        number,
        version.description ?? null,
        version.user,
        version.source,
        version.location,
        version.runId ?? null,
        version.runLink ?? null,
        version.modelId ?? null,
        at,
        at,
      );
      for (const [key, value] of version.tags) {
        checkTag(key, value);
        putTag.run(model.id, number, key, value);
      }
      models.touch(model.id);
      return find(model.name, number);
    }),
    find,
    ofModel: (model) => many.all(model),
    latest: (model) => many.get(model),
    describe: database.transaction((name: string, version: number, description: string) => {
      const { model } = find(name, version);
      setDescription.run(description, now(), model, version);
      return find(name, version);
    }),
    setStage: database.transaction((name: string, version: number, stage: string, archiveOthers: boolean) => {
      const wanted = canonicalStage(stage);
      const { model } = find(name, version);
      if (archiveOthers) {
        if (wanted !== 'Staging' && wanted !== 'Production') {
          throw new Problem(
            'invalid-input',
            `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
            { field: 'archive_existing_versions' },
          );
        }
        archive.run(now(), model, version, wanted);
      }
      setStage.run(wanted, now(), model, version);
      models.touch(model);
      return find(name, version);
    }),
    delete: database.transaction((name: string, version: number) => {
      const { model } = find(name, version);
      dropAliases.run(model, version);
      remove.run(now(), now(), model, version);
      models.touch(model);
    }),
    setTag(name, version, key, value) {
      checkTag(key, value);
      putTag.run(find(name, version).model, version, key, value);
    },
    deleteTag(name, version, key) {
      checkKey(key, 'key');
      dropTag.run(find(name, version).model, version, key);
    },
    tags(model) {
      const tags = new Map<number, Map<string, string>>();
      for (const { version, key, value } of tagsOf.all(model)) {
        const own = tags.get(version) ?? new Map<string, string>();
        own.set(key, value);
        tags.set(version, own);
      }
      return tags;
    },
  };
}
