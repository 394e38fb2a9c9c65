import { pathOfUri, type Artifacts } from '../tracking/artifacts.ts';

/** Answers what lies in a folder of a run or model, with paths relative to its artifact root; nothing for a root elsewhere. */
export function listFolder(uri: string, folder: string, artifacts: Artifacts): object {
  const root = pathOfUri(uri);
  const listed = root === undefined ? [] : artifacts.list(folder === '' ? root : `${root}/${folder}`);
  const prefix = folder === '' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const files = listed.map(({ name, isFolder, bytes }) => ({
    path: `${prefix}${name}`,
    is_dir: isFolder,
    ...(bytes === undefined ? {} : { file_size: bytes }),
  }));
  return { root_uri: uri, ...(files.length === 0 ? {} : { files }) };
}
