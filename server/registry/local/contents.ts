import type { CarriedVersion } from '../../mlflow/client/carried.ts';
import type { Database } from '../../platform/database/database.ts';
import type { ModelVersionRow } from './modelVersions.ts';
import type { RegisteredModelRow, RegisteredModels } from './registeredModels.ts';

export type VersionRowWithDeletion = Omit<ModelVersionRow, 'name'> & { readonly deleted_at: number | null };

/** The registry as a whole, for what moves between stores: deleted versions too, and rows taken over with their numbers and times. */
export interface RegistryContents {
  /** The oldest first. */
  versions(model: number): VersionRowWithDeletion[];
  adoptModel(model: { name: string; description: string | undefined; createdAt: number; updatedAt: number }): RegisteredModelRow;
  adoptVersion(model: RegisteredModelRow, version: CarriedVersion): void;
  addModelTags(model: RegisteredModelRow, tags: ReadonlyMap<string, string>): void;
  addVersionTags(model: RegisteredModelRow, version: number, tags: ReadonlyMap<string, string>): void;
}

export function createRegistryContents(database: Database, models: RegisteredModels): RegistryContents {
  const versions = database.prepare<[number], VersionRowWithDeletion>(
    `SELECT model, version, stage, description, user_id, source, storage_location, run_id, run_link, model_id, created_at, updated_at, deleted_at
     FROM model_versions WHERE model = ? ORDER BY version`,
  );
  const insertModel = database.prepare<[string, string | null, number, number]>(
    'INSERT INTO registered_models (name, description, created_at, updated_at) VALUES (?, ?, ?, ?)',
  );
  const insertVersion = database.prepare<
    [number, number, string, string | null, string | null, string | null, string | null, string | null, string | null, string | null, number, number, number | null]
  >(
    `INSERT INTO model_versions
       (model, version, stage, description, user_id, source, storage_location, run_id, run_link, model_id, created_at, updated_at, deleted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addModelTag = database.prepare<[number, string, string]>('INSERT INTO registered_model_tags (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const addVersionTag = database.prepare<[number, number, string, string]>(
    'INSERT INTO model_version_tags (model, version, key, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    versions: (model) => versions.all(model),
    adoptModel({ name, description, createdAt, updatedAt }) {
      insertModel.run(name, description ?? null, createdAt, updatedAt);
      return models.find(name);
    },
    adoptVersion({ id }, version) {
      const { deleted, stage, description, user, source, location, runId, runLink, modelId, createdAt, updatedAt } = version;
      insertVersion.run(
        id,
        version.version,
        stage,
        description ?? null,
        user ?? null,
        source,
        location,
        runId ?? null,
        runLink ?? null,
        modelId ?? null,
        createdAt,
        updatedAt,
        deleted ? updatedAt : null,
      );
    },
    addModelTags: ({ id }, tags) => tags.forEach((value, key) => addModelTag.run(id, key, value)),
    addVersionTags: ({ id }, version, tags) => tags.forEach((value, key) => addVersionTag.run(id, version, key, value)),
  };
}
