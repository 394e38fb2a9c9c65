import type { Aliases } from './aliases.ts';
import type { ModelVersions } from './modelVersions.ts';
import type { RegisteredModels } from './registeredModels.ts';
import type { RegistrySearch } from './search.ts';

/** The tables of the registry. */
export interface RegistryStores {
  readonly models: RegisteredModels;
  readonly versions: ModelVersions;
  readonly aliases: Aliases;
  readonly search: RegistrySearch;
}
