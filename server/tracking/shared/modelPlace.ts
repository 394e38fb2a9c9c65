import { existsSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../platform/errors.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { filesBelow, localFolder, readLocal } from '../../artifacts/localFiles.ts';
import type { CarriedRun } from '../../mlflow/client/carried.ts';
import type { Many, StoreReader } from '../../mlflow/client/storeReader.ts';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';

/** The folder of one model, wherever the server keeps it. */
export interface ModelPlace {
  readonly location: string;
  files(): Many<ArtifactFile>;
  read(file: string): AsyncIterable<Uint8Array>;
}

/** What says where a model lies. */
export interface Located {
  /** As the server names it. */
  readonly location: string;
  readonly modelId: string | undefined;
  readonly run: Pick<CarriedRun, 'id' | 'experimentId' | 'artifactUri'> | undefined;
}

/** Files of a run that lie below one folder of it, relative to that. */
async function* below(files: Many<ArtifactFile>, folder: string): AsyncGenerator<ArtifactFile> {
  for await (const file of files) {
    if (file.path.startsWith(`${folder}/`)) {
      yield { ...file, path: file.path.slice(folder.length + 1) };
    }
  }
}

/**
 * Finds a model's files: through the server's artifact proxy, through the LoggedModel or the run that they belong to, or in a folder that this
 * machine sees.
 * @throws Problem `unavailable` for a store that only others can reach
 */
export function findModelPlace({ location, modelId, run }: Located, reader: StoreReader): ModelPlace {
  const place =
    modelId !== undefined
      ? { of: 'model' as const, id: modelId, experimentId: '', uri: location }
      : pathOfUri(location) !== undefined
        ? { of: 'run' as const, id: run?.id ?? '', experimentId: '', uri: location }
        : undefined;
  if (place !== undefined) {
    return { location, files: () => reader.files(place), read: (file) => reader.read(place, file) };
  }
  const root = run?.artifactUri.replace(/\/$/, '');
  if (run !== undefined && root !== undefined && location.startsWith(`${root}/`)) {
    const folder = location.slice(root.length + 1).replace(/\/$/, '');
    const ofRun = { of: 'run' as const, id: run.id, experimentId: run.experimentId, uri: run.artifactUri };
    return { location, files: () => below(reader.files(ofRun), folder), read: (file) => reader.read(ofRun, `${folder}/${file}`) };
  }
  const folder = localFolder(location, '/');
  if (folder !== undefined && existsSync(path.join(folder, 'MLmodel'))) {
    return { location, files: () => filesBelow(folder), read: (file) => readLocal(folder, file) };
  }
  throw new Problem('unavailable', `The files of the model at ${location} cannot be fetched through the tracking server.`, {
    remedy: 'Let the server serve artifacts ("mlflow server --serve-artifacts"), or register the model from the run that logged it.',
  });
}
