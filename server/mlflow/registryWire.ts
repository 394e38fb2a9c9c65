import type { Aliases } from '../registry/local/aliases.ts';
import type { ModelVersionRow, ModelVersions } from '../registry/local/modelVersions.ts';
import type { RegisteredModelRow, RegisteredModels } from '../registry/local/registeredModels.ts';
import { modelVersionWire, registeredModelWire } from './wire.ts';

/** Rows of the registry in MLflow's JSON, with what other tables hold of them. */
export interface RegistryWire {
  model(row: RegisteredModelRow): object;
  versions(rows: readonly ModelVersionRow[]): object[];
  /** The newest version of each stage, or of the stages asked for, in the order in which the stages were first used. */
  latestVersions(model: number, stages?: ReadonlySet<string>): ModelVersionRow[];
}

export interface RegistryTables {
  readonly models: RegisteredModels;
  readonly versions: ModelVersions;
  readonly aliases: Aliases;
}

export function createRegistryWire({ models, versions, aliases }: RegistryTables): RegistryWire {
  const versionsWire = (rows: readonly ModelVersionRow[]): object[] => {
    const ofModel = new Map<number, { tags: ReturnType<typeof versions.tags>; aliases: Map<string, number> }>();
    return rows.map((row) => {
      const known = ofModel.get(row.model) ?? { tags: versions.tags(row.model), aliases: aliases.ofModel(row.model) };
      ofModel.set(row.model, known);
      const named = [...known.aliases].filter(([, version]) => version === row.version).map(([alias]) => alias);
      return modelVersionWire(row, known.tags.get(row.version) ?? {}, named);
    });
  };
  const latestVersions = (model: number, stages?: ReadonlySet<string>): ModelVersionRow[] => {
    const latest = new Map<string, ModelVersionRow>();
    for (const row of versions.ofModel(model).reverse()) {
      if (stages?.has(row.stage) !== false) {
        latest.set(row.stage, row);
      }
    }
    return [...latest.values()];
  };
  return {
    model: (row) => registeredModelWire(row, models.tags(row.id), aliases.ofModel(row.id), versionsWire(latestVersions(row.id))),
    versions: versionsWire,
    latestVersions,
  };
}
