import path from 'node:path';
import { type Disposable, FileSystemError, Uri, workspace } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { serveReadonlyFiles } from '../vscode/readonlyFiles.ts';
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

const mostKept = 8;

/** Serves {@link capturedNotebookUri}; asks the companion when a notebook is opened. */
export function serveCapturedNotebooks(connection: Connection): Disposable {
  return serveReadonlyFiles(capturedNotebookScheme, mostKept, async (uri) => {
    const [, runId, at] = /^\/([0-9a-f]{32})\/(\d+|end)\/[^/]+\.ipynb$/.exec(uri.path) ?? [];
    if (runId === undefined) {
      throw FileSystemError.FileNotFound(uri);
    }
    try {
      const notebook = await connection.call('getCapturedNotebook', { runId, ...(at === 'end' ? {} : { at: Number(at) }) });
      const now = await readJson(notebook.notebook);
      return { bytes: new TextEncoder().encode(toIpynb(notebook, now)), changedAt: notebook.recordedAt };
    } catch (error) {
      throw FileSystemError.Unavailable(`The notebook as of this run cannot be read: ${describeFailure(error)}`);
    }
  });
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await workspace.fs.readFile(Uri.file(file))));
  } catch {
    return undefined;
  }
}
