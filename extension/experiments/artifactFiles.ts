import { type Disposable, EventEmitter, type FileChangeEvent, FileSystemError, type FileSystemProvider, FileType, Uri, workspace } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';

/** Artifacts of runs, as files that cannot be changed. */
const scheme = 'slipway-artifact';

/** Where an artifact can be read; its name stays, so that VS Code opens it with the editor of its kind. */
export function artifactUri(runId: string, path: string): Uri {
  return Uri.from({ scheme, path: `/${runId}/${path}` });
}

interface ArtifactFile {
  readonly bytes: Uint8Array;
  readonly readAt: number;
}

const mostKept = 4;

function readOnly(uri: Uri): never {
  throw FileSystemError.NoPermissions(uri);
}

/** Serves {@link artifactUri}; asks the companion when a file is opened. */
export function serveArtifacts(connection: Connection): Disposable {
  const files = new Map<string, Promise<ArtifactFile>>();
  const changed = new EventEmitter<FileChangeEvent[]>();

  const load = async (uri: Uri): Promise<ArtifactFile> => {
    const [, runId, path] = /^\/([^/]+)\/(.+)$/.exec(uri.path) ?? [];
    if (runId === undefined || path === undefined) {
      throw FileSystemError.FileNotFound(uri);
    }
    try {
      const client = await connection.connect();
      return { bytes: await client.readArtifact(runId, path), readAt: Date.now() };
    } catch (error) {
      throw FileSystemError.Unavailable(`The artifact cannot be read: ${describeFailure(error)}`);
    }
  };

  const fileOf = (uri: Uri): Promise<ArtifactFile> => {
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
      const { bytes, readAt } = await fileOf(uri);
      return { type: FileType.File, ctime: readAt, mtime: readAt, size: bytes.byteLength };
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
