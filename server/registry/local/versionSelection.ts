import { Problem } from '../../platform/errors.ts';
import type { VersionReference } from '../modelUri.ts';
import { isPrompt } from '../../contract/prompts.ts';
import { aliasNotFound } from './aliases.ts';
import { canonicalStage, type ModelVersionRow } from './modelVersions.ts';
import type { RegistryStores } from './registryStores.ts';
import type { FindVersion } from './versionSource.ts';

/** Finds versions by what people and URIs name them with. */
export interface VersionSelection {
  /**
   * @param selector a version number, also as text; an alias with or without `@`; or `latest`
   * @throws Problem `not-found` that names what exists
   */
  readonly find: (name: string, selector: number | string) => ModelVersionRow;
  /** Where the files of the version lie that is taken as the source of another; not a prompt's. */
  readonly sourceOf: FindVersion;
}

export function createVersionSelection({ models, versions, aliases }: Omit<RegistryStores, 'search'>): VersionSelection {
  const find = (name: string, selector: number | string): ModelVersionRow => {
    const model = models.exists(name) ? models.find(name) : undefined;
    if (model === undefined) {
      const names = models.names();
      throw new Problem('not-found', `There is no registered model "${name}".`, {
        field: 'model',
        remedy: names.length === 0 ? 'Register a model first.' : `Registered models: ${names.slice(0, 20).join(', ')}.`,
      });
    }
    const text = String(selector);
    if (/^\d+$/.test(text)) {
      return versions.find(name, Number(text));
    }
    const alias = text.replace(/^@/, '');
    const found = alias.toLowerCase() === 'latest' ? versions.latest(model.id)?.version : aliases.find(model.id, alias);
    if (found === undefined) {
      const known = [...aliases.ofModel(model.id)].map(([key, version]) => `@${key} (version ${version})`);
      const numbers = versions.ofModel(model.id).map(({ version }) => version);
      throw new Problem('not-found', alias.toLowerCase() === 'latest' ? `"${name}" has no versions.` : `"${name}" has no alias "${alias}".`, {
        field: 'version',
        remedy: `Aliases: ${known.join(', ') || 'none'}. Versions: ${numbers.join(', ') || 'none'}.`,
      });
    }
    return versions.find(name, found);
  };
  const numberOf = (model: number, reference: VersionReference): number => {
    switch (reference.kind) {
      case 'version':
        return reference.version;
      case 'alias': {
        const found = aliases.find(model, reference.alias);
        if (found === undefined) {
          throw aliasNotFound(reference.alias);
        }
        return found;
      }
      case 'stage':
      case 'latest': {
        const stage = reference.kind === 'stage' ? canonicalStage(reference.stage) : undefined;
        const found = versions.ofModel(model).find((row) => stage === undefined || row.stage === stage);
        if (found === undefined) {
          const of = stage === undefined ? '' : ` and stage '${stage}'`;
          throw new Problem('not-found', `No versions of model with name '${reference.name}'${of} found`, { field: 'source' });
        }
        return found.version;
      }
    }
  };
  const sourceOf: FindVersion = (reference, source) => {
    const model = models.find(reference.name);
    if (isPrompt(models.tags(model.id))) {
      throw new Problem('invalid-input', `Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`, { field: 'source' });
    }
    const row = versions.find(reference.name, numberOf(model.id, reference));
    return { source: `models:/${row.name}/${row.version}`, location: row.storage_location ?? '', runId: row.run_id ?? undefined, modelId: row.model_id ?? undefined };
  };

  return { find, sourceOf };
}
