import path from 'node:path';
import type { CarriedRegisteredModel, CarriedVersion } from '../../mlflow/client/carried.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import type { PlacedRegisteredModel } from '../../mlflow/client/storeWriter.ts';
import { type MlrunsFiles, writeEntry } from './mlrunsFiles.ts';
import { deletedStage } from '../deletedVersion.ts';

function writeVersion({ writeMeta, writeEntries }: MlrunsFiles, folder: string, name: string, version: CarriedVersion): void {
  const own = path.join(folder, `version-${version.version}`);
  writeEntries(path.join(own, 'tags'), version.tags);
  writeMeta(own, {
    creation_timestamp: version.createdAt,
    current_stage: version.deleted ? deletedStage : version.stage,
    deployment_job_state: null,
    description: version.description ?? null,
    last_updated_timestamp: version.updatedAt,
    model_id: version.modelId ?? null,
    name,
    run_id: version.runId ?? null,
    run_link: version.runLink ?? null,
    source: version.source,
    status: 'READY',
    status_message: null,
    storage_location: version.location,
    user_id: version.user ?? null,
    version: version.version,
  });
}

/**
 * Puts a registered model with its versions into its folder, beside what is there.
 * @param there what the folder holds
 */
export function writeRegisteredModel(folder: string, files: MlrunsFiles, model: CarriedRegisteredModel, there: CarriedRegisteredModel | undefined): PlacedRegisteredModel {
  const { write, writeMeta, writeEntries } = files;
  const versionsThere = new Map(there?.versions.map((version) => [version.version, version]));
  const findings: string[] = [];
  let versions = 0;
  let aliases = 0;
  writeEntries(path.join(folder, 'tags'), newEntries(model.tags, there?.tags ?? new Map()));
  if (there === undefined) {
    writeMeta(folder, {
      creation_timestamp: model.createdAt,
      description: model.description ?? null,
      last_updated_timestamp: model.updatedAt,
      name: model.name,
    });
  }
  for (const version of model.versions) {
    const other = versionsThere.get(version.version);
    if (other === undefined) {
      writeVersion(files, folder, model.name, version);
      versions += version.deleted ? 0 : 1;
    } else if (!other.deleted && !version.deleted && other.createdAt !== version.createdAt) {
      findings.push(`version ${version.version} is another one there: not exported`);
    } else {
      writeEntries(path.join(folder, `version-${version.version}`, 'tags'), newEntries(version.tags, other.tags));
    }
  }
  for (const [alias, version] of model.aliases) {
    const other = there?.aliases.get(alias);
    if (other === undefined) {
      writeEntry(path.join(folder, 'aliases'), alias, (file) => {
        write(file, String(version));
        aliases += 1;
      });
    } else if (other !== version) {
      findings.push(`alias "${alias}" is version ${other} there, ${version} here: left as it is`);
    }
  }
  return { outcome: there === undefined ? 'added' : 'present', findings, versions, aliases };
}
