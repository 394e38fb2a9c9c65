import type { Database } from 'better-sqlite3';
import { newEntries } from '../../mlflow/client/missing.ts';
import type { CarriedRegisteredModel, CarriedVersion } from '../../mlflow/client/carried.ts';
import type { PlacedRegisteredModel } from '../../mlflow/client/storeWriter.ts';
import type { Rows } from './writtenTables.ts';
import { deletedStage } from '../deletedVersion.ts';

/** What MLflow leaves of a deleted version, so that its number is never given again. */
const deletedColumns = {
  description: null,
  user_id: null,
  current_stage: deletedStage,
  source: 'REDACTED-SOURCE-PATH',
  run_id: 'REDACTED-RUN-ID',
  run_link: 'REDACTED-RUN-LINK',
  storage_location: null,
};

/**
 * Puts a registered model with its versions into MLflow's tables, beside what is there.
 * @param there what the database holds under that name
 */
export function writeRegisteredModel(database: Database, rows: Rows, model: CarriedRegisteredModel, there: CarriedRegisteredModel | undefined): PlacedRegisteredModel {
  const { name } = model;
  const findings: string[] = [];
  const versionsThere = new Map(there?.versions.map((version) => [version.version, version]));
  const foreign = new Set<number>();
  let versions = 0;
  let aliases = 0;

  const writeVersion = (version: CarriedVersion): void =>
    rows.insert('model_versions', {
      name,
      version: version.version,
      creation_time: version.createdAt,
      last_updated_time: version.updatedAt,
      status: 'READY',
      ...(version.deleted
        ? deletedColumns
        : {
            description: version.description ?? null,
            user_id: version.user ?? null,
            current_stage: version.stage,
            source: version.source,
            run_id: version.runId ?? null,
            run_link: version.runLink ?? null,
            storage_location: version.location === '' ? null : version.location,
          }),
    });
  const write = (): void => {
    if (there === undefined) {
      rows.insert('registered_models', { name, creation_time: model.createdAt, last_updated_time: model.updatedAt, description: model.description ?? null });
    }
    newEntries(model.tags, there?.tags ?? new Map()).forEach((value, key) => rows.insert('registered_model_tags', { key, value, name }));
    for (const version of model.versions) {
      const other = versionsThere.get(version.version);
      if (other === undefined) {
        writeVersion(version);
        versions += version.deleted ? 0 : 1;
      } else if (!other.deleted && !version.deleted && other.createdAt !== version.createdAt) {
        foreign.add(version.version);
        findings.push(`version ${version.version} is another one there: not exported`);
        continue;
      }
      newEntries(version.tags, other?.tags ?? new Map()).forEach((value, key) => rows.insert('model_version_tags', { key, value, name, version: version.version }));
    }
    for (const [alias, version] of model.aliases) {
      const other = there?.aliases.get(alias);
      if (other === undefined && !foreign.has(version)) {
        rows.insert('registered_model_aliases', { alias, version, name });
        aliases += 1;
      } else if (other !== version || foreign.has(version)) {
        findings.push(`alias "${alias}" is version ${other ?? 'none'} there, ${version} here: left as it is`);
      }
    }
  };
  database.transaction(write).immediate();
  return { outcome: there === undefined ? 'added' : 'present', findings, versions, aliases };
}
