import type { ArtifactReader } from '../../tracking/local/artifacts.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { ModelFile } from '../../models/models.ts';
import type { ModelVersionRow } from './modelVersions.ts';

/** The files of a version that lie in this artifact store, their paths relative to the model's folder; none for one that lies elsewhere. */
export function filesOfVersion(artifacts: ArtifactReader, { storage_location: location }: Pick<ModelVersionRow, 'storage_location'>): ModelFile[] {
  const root = location === null ? undefined : pathOfUri(location);
  if (root === undefined || root === '') {
    return [];
  }
  return artifacts.below(root).map(({ path, sha256, bytes }) => ({ path: path.slice(root.length + 1), sha256, bytes }));
}
