import { localPath } from '../tracking/artifactLocation.ts';
import type { Artifacts, ListedArtifact } from '../tracking/local/artifacts.ts';
import { checkArtifactPath, pathOfUri } from '../artifacts/artifactPath.ts';
import { listInFolder } from '../tracking/local/folderArtifacts.ts';

/** One entry of a list of files; where the list is of a folder, its path is shown before the name. */
export function fileWire({ name, isFolder, bytes }: ListedArtifact, folder = ''): object {
  return {
    path: folder === '' ? name : `${folder}/${name}`,
    is_dir: isFolder,
    ...(bytes === undefined ? {} : { file_size: bytes }),
  };
}

async function listIn(uri: string, folder: string, artifacts: Artifacts): Promise<ListedArtifact[]> {
  const root = pathOfUri(uri);
  if (root !== undefined) {
    return artifacts.list(folder === '' ? root : `${root}/${folder}`);
  }
  const local = localPath(uri);
  return local === undefined ? [] : listInFolder(local, folder);
}

/** Answers what lies in a folder of a run or model, with paths relative to its artifact root; nothing for a root on another machine. */
export async function listFolder(uri: string, folder: string, artifacts: Artifacts): Promise<object> {
  const clean = checkArtifactPath(folder);
  const listed = await listIn(uri, clean, artifacts);
  return { root_uri: uri, ...(listed.length === 0 ? {} : { files: listed.map((entry) => fileWire(entry, clean)) }) };
}
