import { type Disposable, EventEmitter, type FileChangeEvent, FileSystemError, type FileSystemProvider, FileType, type Uri, workspace } from 'vscode';

export interface ReadonlyFile {
  readonly bytes: Uint8Array;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

function readOnly(uri: Uri): never {
  throw FileSystemError.NoPermissions(uri);
}

/**
 * Serves the files of a scheme, which cannot be changed. A file is loaded when it is opened; the last few are kept.
 * @param load throws a `FileSystemError` where there is no such file
 */
export function serveReadonlyFiles(scheme: string, mostKept: number, load: (uri: Uri) => Promise<ReadonlyFile>): Disposable {
  const files = new Map<string, Promise<ReadonlyFile>>();
  const changed = new EventEmitter<FileChangeEvent[]>();

  const fileOf = (uri: Uri): Promise<ReadonlyFile> => {
    const known = files.get(uri.path);
    if (known !== undefined) {
      return known;
    }
    const loading = load(uri);
    files.set(uri.path, loading);
    loading.catch(() => files.delete(uri.path));
    [...files.keys()].slice(0, -mostKept).forEach((oldest) => files.delete(oldest));
    return loading;
  };

  const provider: FileSystemProvider = {
    onDidChangeFile: changed.event,
    watch: () => ({ dispose: () => undefined }),
    async stat(uri) {
      const { bytes, changedAt } = await fileOf(uri);
      return { type: FileType.File, ctime: changedAt, mtime: changedAt, size: bytes.byteLength };
    },
    readFile: async (uri) => (await fileOf(uri)).bytes,
    readDirectory: () => [],
    createDirectory: readOnly,
    writeFile: readOnly,
    delete: readOnly,
    rename: readOnly,
  };
  const registered = workspace.registerFileSystemProvider(scheme, provider, { isReadonly: true, isCaseSensitive: true });
  return {
    dispose() {
      registered.dispose();
      changed.dispose();
    },
  };
}
