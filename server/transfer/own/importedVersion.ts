import { isPrompt } from '../../contract/prompts.ts';
import type { CarriedVersion } from '../../mlflow/client/carried.ts';
import { resolveSource, type SourceRequest } from '../../registry/local/versionSource.ts';
import { checkPromptSource } from '../../registry/promptSource.ts';
import type { OwnStores } from './ownStores.ts';

/** The run or LoggedModel that a location says it belongs to; what the version says where it says none. */
function ownerOf(location: string, { runId, modelId }: CarriedVersion): Omit<SourceRequest, 'source'> {
  const run = /^runs:\/+([^/?#]+)/.exec(location)?.[1];
  if (run !== undefined) {
    return { runId: runId ?? run };
  }
  if (location.startsWith('models:')) {
    const model = /^models:\/+(m-[\w-]+)\/?$/.exec(location)?.[1];
    return model === undefined ? {} : { modelId: model };
  }
  const [, ownModel, ownRun] = /^mlflow-artifacts:\/+[^/]+\/(?:models\/([^/]+)|([^/]+))\/artifacts(?:\/|$)/.exec(location) ?? [];
  return ownModel === undefined ? (ownRun === undefined ? (modelId === undefined ? { runId } : { modelId }) : { runId: ownRun }) : { modelId: ownModel };
}

/**
 * Checks where a version of another store says that it came from and where its files lie, as the registration of a new version does.
 * @param version with the locations of this store
 * @returns the version; one of a prompt has no files
 * @throws Problem `invalid-input` or `not-found` for a place that no version may have
 */
export function checkImportedVersion(version: CarriedVersion, modelTags: ReadonlyMap<string, string>, stores: OwnStores): CarriedVersion {
  if (version.deleted) {
    return version;
  }
  if (isPrompt(modelTags) || isPrompt(version.tags)) {
    checkPromptSource(version.source);
    return { ...version, location: '' };
  }
  for (const source of [version.source, version.location].filter((location) => location !== '')) {
    // A version that is copied need not be here yet.
    resolveSource({ source, ...ownerOf(source, version) }, stores, (_reference, found) => ({ source: found, location: found, runId: undefined, modelId: undefined }));
  }
  return version;
}
