import path from 'node:path';
import { Problem } from '../platform/errors.ts';
import { pathOfUri } from '../artifacts/artifactPath.ts';
import { filesBelow, localFolder, readLocal } from '../artifacts/localFiles.ts';
import { artifactRoute, encodePath, type MlflowClient } from '../mlflow/client/mlflowClient.ts';
import type { Place } from '../mlflow/client/carried.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import type { ArtifactFile } from '../artifacts/artifactFile.ts';

export interface PlaceFilesOptions {
  /** What relative locations are below. */
  readonly base: string;
  /** Where `mlflow-artifacts:` lies: a server, or the folder that the server was given as its destination. */
  readonly proxied: MlflowClient | string | undefined;
  /** The folder of a place whose location is not there any more, because the store was moved. */
  readonly moved?: (place: Place) => string | undefined;
}

/** Reads files of a store that is a file or a folder on this machine. */
export function createPlaceFiles({ base, proxied, moved }: PlaceFilesOptions): Pick<StoreReader, 'readable' | 'files' | 'read'> {
  const folderOf = (place: Place): string | undefined => {
    const below = pathOfUri(place.uri);
    if (below !== undefined) {
      return typeof proxied === 'string' ? path.join(proxied, below) : undefined;
    }
    return moved?.(place) ?? localFolder(place.uri, base);
  };
  const serverOf = (place: Place): { client: MlflowClient; below: string } => {
    const below = pathOfUri(place.uri);
    if (below === undefined || typeof proxied !== 'object') {
      throw new Problem('unavailable', `The artifacts at ${place.uri} cannot be read from here.`, {
        remedy: below === undefined ? 'They stay where they are.' : 'Name the server that holds them, or its artifact folder, with --artifacts.',
      });
    }
    return { client: proxied, below };
  };
  return {
    readable: (place) => folderOf(place) !== undefined || (pathOfUri(place.uri) !== undefined && typeof proxied === 'object'),
    async *files(place): AsyncGenerator<ArtifactFile> {
      const folder = folderOf(place);
      if (folder !== undefined) {
        yield* filesBelow(folder);
        return;
      }
      const { client, below } = serverOf(place);
      yield* client.list(below);
    },
    read(place, file) {
      const folder = folderOf(place);
      if (folder !== undefined) {
        return readLocal(folder, file);
      }
      const { client, below } = serverOf(place);
      return client.download(`${artifactRoute}/${encodePath(`${below}/${file}`)}`);
    },
  };
}
