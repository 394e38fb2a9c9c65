import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ArtifactFile } from '../artifacts/artifactFile.ts';
import { pathOfUri } from '../artifacts/artifactPath.ts';
import { localFolder } from '../artifacts/localFiles.ts';
import type { Place } from '../mlflow/client/carried.ts';
import { artifactRoute, encodePath, type MlflowClient } from '../mlflow/client/mlflowClient.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { filesWithin, whyPassedOver } from './bounds/filesWithin.ts';
import type { Reading } from './bounds/reading.ts';
import { readContent } from './bounds/regularFile.ts';

export interface PlaceFilesOptions {
  /** What relative locations are below. */
  readonly base: string;
  /** Where `mlflow-artifacts:` lies: a server, or the folder that the server was given as its destination. */
  readonly proxied: MlflowClient | string | undefined;
  readonly reading: Reading;
  /** The folder in the store that a place had before the store was moved. @param named what its location says */
  readonly moved?: (place: Place, named: string) => string | undefined;
}

type Where =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'server'; readonly client: MlflowClient; readonly below: string }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'refused'; readonly why: string };

/** Reads files of a store that is a file or a folder on this machine. */
export function createPlaceFiles({ base, proxied, reading, moved }: PlaceFilesOptions): Pick<StoreReader, 'readable' | 'files' | 'read'> {
  const { bounds, passOver } = reading;

  const proxiedPlace = (below: string): Where => {
    switch (typeof proxied) {
      case 'string':
        return { kind: 'folder', folder: path.join(proxied, below) };
      case 'object':
        return { kind: 'server', client: proxied, below };
      default:
        return { kind: 'elsewhere' };
    }
  };
  const whereIs = (place: Place): Where => {
    let below: string | undefined;
    try {
      below = pathOfUri(place.uri);
    } catch (error) {
      if (Problem.is(error, 'invalid-input')) {
        return { kind: 'refused', why: error.message };
      }
      throw error;
    }
    if (below !== undefined) {
      return proxiedPlace(below);
    }
    const named = localFolder(place.uri, base);
    if (named === undefined) {
      return { kind: 'elsewhere' };
    }
    const isThere = bounds.admits(named) && existsSync(named);
    return { kind: 'folder', folder: isThere ? named : (moved?.(place, named) ?? named) };
  };
  const unavailable = ({ uri }: Place): Problem =>
    new Problem('unavailable', `The artifacts at ${uri} cannot be read from here.`, {
      remedy: uri.startsWith('mlflow-artifacts:') ? 'Name the server that holds them, or its artifact folder, with --artifacts.' : 'They stay where they are.',
    });

  async function* filesIn(folder: string, place: Place): AsyncGenerator<ArtifactFile> {
    let real: string;
    try {
      real = bounds.follow(folder);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        passOver('artifacts', place.id, `${place.uri}: ${whyPassedOver(error)}`);
      }
      return;
    }
    yield* filesWithin(real, place.id, reading);
  }

  return {
    readable: (place) => whereIs(place).kind !== 'elsewhere',
    async *files(place): AsyncGenerator<ArtifactFile> {
      const where = whereIs(place);
      switch (where.kind) {
        case 'folder':
          yield* filesIn(where.folder, place);
          return;
        case 'server':
          yield* where.client.list(where.below, (entry, why) => passOver('artifact', `${place.id}/${entry}`, why));
          return;
        case 'refused':
          passOver('artifacts', place.id, `${place.uri}: ${where.why}`);
          return;
        case 'elsewhere':
          throw unavailable(place);
      }
    },
    async *read(place, file) {
      const where = whereIs(place);
      if (where.kind === 'folder') {
        yield* readContent(bounds.follow(path.join(where.folder, ...file.split('/'))));
      } else if (where.kind === 'server') {
        yield* where.client.download(`${artifactRoute}/${encodePath(`${where.below}/${file}`)}`);
      } else {
        throw unavailable(place);
      }
    },
  };
}
