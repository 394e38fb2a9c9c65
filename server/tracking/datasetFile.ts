import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { DatasetInput } from '../contract/entities.ts';
import type { DataReference } from '../contract/notebooks.ts';
import { sha256OfFile } from '../platform/hash.ts';

/** MLflow's `LocalArtifactDatasetSource.to_dict` (mlflow/data/artifact_dataset_sources.py). */
const localSource = z.object({ uri: z.string().min(1) });
/** Files that statistics of training data are taken from. */
const tableFile = /\.(?:csv|tsv|txt)$/i;
const mostBytes = 2 ** 30;
/** Contexts in which rows were not trained on have other names. */
const trainingContext = /^(?:train|training|)$/i;

/**
 * The file that a logged dataset was read from, as it is when it is logged: a table of this machine, named by its whole path, that was trained on.
 * Undefined for any other: a relative path is one of the client's folder, which is not told.
 */
export async function readDatasetFile({ dataset, tags }: DatasetInput): Promise<DataReference | undefined> {
  if (dataset.sourceType !== 'local' || !trainingContext.test(tags['mlflow.data.context'] ?? '')) {
    return undefined;
  }
  try {
    const { uri } = localSource.parse(JSON.parse(dataset.source));
    const named = uri.startsWith('file://') ? fileURLToPath(uri) : uri;
    if (!path.isAbsolute(named) || !tableFile.test(named)) {
      return undefined;
    }
    const file = await realpath(named);
    const found = await stat(file);
    return found.isFile() && found.size <= mostBytes ? { path: file, sha256: await sha256OfFile(file), bytes: found.size, modifiedAt: Math.trunc(found.mtimeMs) } : undefined;
  } catch {
    // Gone, unreadable, or a source that another client writes in another form: then there is no file to refer to.
    return undefined;
  }
}

const dataTag = z.array(z.object({ path: z.string() }).loose());
/** MLflow cuts a tag's value at 8,000 characters, which would break the list. */
const longestList = 7500;

/** The value of a run's tag `slipway.data` with more files in it; undefined where nothing is new or it would be too long. */
export function addDataFiles(tag: string | undefined, files: readonly DataReference[]): string | undefined {
  let known: z.infer<typeof dataTag>;
  try {
    known = tag === undefined ? [] : dataTag.parse(JSON.parse(tag));
  } catch {
    return undefined;
  }
  const added = files.filter((file) => !known.some((other) => other.path === file.path && other['sha256'] === file.sha256));
  const value = JSON.stringify([...known, ...added]);
  return added.length === 0 || value.length > longestList ? undefined : value;
}
