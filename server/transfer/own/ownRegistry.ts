import type { CarriedRegisteredModel, CarriedVersion } from '../../mlflow/client/carried.ts';
import type { PlacedRegisteredModel } from '../../mlflow/client/storeWriter.ts';
import { Problem } from '../../platform/errors.ts';
import type { RegisteredModelRow } from '../../registry/local/registeredModels.ts';
import { checkImportedVersion } from './importedVersion.ts';
import type { OwnStores } from './ownStores.ts';

function sameVersion(source: CarriedVersion, target: CarriedVersion): boolean {
  return source.deleted || target.deleted
    ? source.deleted === target.deleted
    : source.createdAt === target.createdAt && source.runId === target.runId && source.modelId === target.modelId;
}

/** Takes a version over, or says why it may not come in. */
function adopt(stores: OwnStores, row: RegisteredModelRow, version: CarriedVersion, modelTags: ReadonlyMap<string, string>): string | undefined {
  try {
    stores.registry.adoptVersion(row, checkImportedVersion(version, modelTags, stores));
    return undefined;
  } catch (error) {
    if (Problem.is(error, 'invalid-input') || Problem.is(error, 'not-found')) {
      return error.message;
    }
    throw error;
  }
}

/**
 * Puts a registered model into the registry, beside what is there; called inside a transaction.
 * @param there what the registry holds under that name
 * @param actor who is named where an alias is set
 */
export function mergeRegisteredModel(
  stores: OwnStores,
  actor: string,
  model: CarriedRegisteredModel,
  there: CarriedRegisteredModel | undefined,
): PlacedRegisteredModel {
  const { registeredModels, aliases, registry } = stores;
  const findings: string[] = [];
  const leftOut = new Map<number, string>();
  let versionsAdded = 0;
  let aliasesAdded = 0;
  const row = there === undefined ? registry.adoptModel(model) : registeredModels.find(model.name);
  registry.addModelTags(row, model.tags);
  const known = new Map(there?.versions.map((version) => [version.version, version]));
  const foreign = new Set<number>();
  for (const version of model.versions) {
    const other = known.get(version.version);
    if (other === undefined) {
      const why = adopt(stores, row, version, model.tags);
      if (why !== undefined) {
        leftOut.set(version.version, why);
        continue;
      }
      versionsAdded += version.deleted ? 0 : 1;
    } else if (!sameVersion(version, other)) {
      foreign.add(version.version);
      findings.push(`version ${version.version} is another one here: not imported`);
      continue;
    }
    registry.addVersionTags(row, version.version, version.tags);
  }
  for (const [alias, version] of model.aliases) {
    const other = aliases.find(row.id, alias);
    if (leftOut.has(version)) {
      findings.push(`alias "${alias}" names version ${version}, which is not imported`);
    } else if (other === undefined && !foreign.has(version)) {
      aliases.set(row.id, alias, version, actor);
      aliasesAdded += 1;
    } else if (foreign.has(version)) {
      findings.push(`alias "${alias}" names version ${version}, which is another one here: left as it is`);
    } else if (other !== version) {
      findings.push(`alias "${alias}" is version ${other ?? 'none'} here, ${version} in the source: left as it is`);
    }
  }
  return { outcome: there === undefined ? 'added' : 'present', findings, versions: versionsAdded, aliases: aliasesAdded, leftOut };
}
