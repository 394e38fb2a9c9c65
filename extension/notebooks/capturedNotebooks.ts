import path from 'node:path';
import { type Disposable, EventEmitter, type FileChangeEvent, FileSystemError, type FileSystemProvider, FileType, Uri, workspace } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { toIpynb } from './toIpynb.ts';

/** Notebooks as they were at captured runs, as files that cannot be changed. */
export const capturedNotebookScheme = 'slipway-notebook';

export interface NotebookMoment {
  readonly captureRunId: string;
  /** Epoch milliseconds; undefined: the end of the run. */
  readonly at: number | undefined;
  /** Path of the notebook. */
  readonly notebook: string;
  /** What tells this moment from others in a title. */
  readonly label: string;
}

const inTitle = (text: string): string => text.replace(/[/\\:*?"<>|#%]+/g, '-');

/** Where a notebook as it was can be read. */
export function capturedNotebookUri({ captureRunId, at, notebook, label }: NotebookMoment): Uri {
  const name = `${path.basename(notebook, '.ipynb')} (${inTitle(label)}).ipynb`;
  return Uri.from({ scheme: capturedNotebookScheme, path: `/${captureRunId}/${at ?? 'end'}/${name}` });
}

interface CapturedFile {
  readonly bytes: Uint8Array;
  readonly recordedAt: number;
}

const mostKept = 8;

function readOnly(uri: Uri): never {
  throw FileSystemError.NoPermissions(uri);
}

/** Serves {@link capturedNotebookUri}; asks the companion when a notebook is opened. */
export function serveCapturedNotebooks(connection: Connection): Disposable {
  const files = new Map<string, Promise<CapturedFile>>();
  const changed = new EventEmitter<FileChangeEvent[]>();

  const load = async (uri: Uri): Promise<CapturedFile> => {
    const [, runId, at] = /^\/([0-9a-f]{32})\/(\d+|end)\/[^/]+\.ipynb$/.exec(uri.path) ?? [];
    if (runId === undefined) {
      throw FileSystemError.FileNotFound(uri);
    }
    try {
      const notebook = await connection.call('getCapturedNotebook', { runId, ...(at === 'end' ? {} : { at: Number(at) }) });
      const now = await readJson(notebook.notebook);
      return { bytes: new TextEncoder().encode(toIpynb(notebook, now)), recordedAt: notebook.recordedAt };
    } catch (error) {
      throw FileSystemError.Unavailable(`The notebook as of this run cannot be read: ${describeFailure(error)}`);
    }
  };

  const fileOf = (uri: Uri): Promise<CapturedFile> => {
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
      const { bytes, recordedAt } = await fileOf(uri);
      return { type: FileType.File, ctime: recordedAt, mtime: recordedAt, size: bytes.byteLength };
    },
    readFile: async (uri) => (await fileOf(uri)).bytes,
    readDirectory: () => [],
    createDirectory: readOnly,
    writeFile: readOnly,
    delete: readOnly,
    rename: readOnly,
  };
  const registered = workspace.registerFileSystemProvider(capturedNotebookScheme, provider, { isReadonly: true, isCaseSensitive: true });
  return {
    dispose() {
      registered.dispose();
      changed.dispose();
    },
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await workspace.fs.readFile(Uri.file(file))));
  } catch {
    return undefined;
  }
}
