import path from 'node:path';
import { type Disposable, FileSystemError, Uri, workspace } from 'vscode';
import type { CapturedNotebook } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { type ReadonlyFile, serveReadonlyFiles } from '../vscode/readonlyFiles.ts';
import { readExecutions } from './executionFiles.ts';
import { type NotebookOfNow, readNotebookOfNow } from './notebookOfNow.ts';
import { fileUri } from './openNotebookCell.ts';
import { inTitle, recordScheme } from './recordScheme.ts';
import { toIpynb } from './toIpynb.ts';
import { unchangedCells } from './unchangedCells.ts';

export interface NotebookMoment {
  readonly captureRunId: string;
  /** Epoch milliseconds; undefined: the end of the run. */
  readonly at: number | undefined;
  /** Path of the notebook. */
  readonly notebook: string;
  /** What tells this moment from others in a title. */
  readonly label: string;
}

/** What the notebook is shown for: to be read, or beside the notebook of now or that of another run. */
export type Beside = 'nothing' | 'now' | 'run';

/** Where a notebook as it was can be read. Beside the notebook of now it is another file each time, as that one changes. */
export function capturedNotebookUri({ captureRunId, at, notebook, label }: NotebookMoment, beside: Beside = 'nothing'): Uri {
  const name = `${path.basename(notebook, '.ipynb')} (${inTitle(label)}).ipynb`;
  const use = beside === 'now' ? `now-${Date.now()}` : beside;
  return Uri.from({ scheme: recordScheme, path: `/${captureRunId}/${at ?? 'end'}/${use}/${name}` });
}

const mostKept = 8;

async function readNotebook(connection: Connection, uri: Uri): Promise<ReadonlyFile> {
  const [, runId, at, use] = /^\/([0-9a-f]{32})\/(\d+|end)\/(nothing|run|now-\d+)\/[^/]+\.ipynb$/.exec(uri.path) ?? [];
  if (runId === undefined || use === undefined) {
    throw FileSystemError.FileNotFound(uri);
  }
  const notebook = await connection.call('getCapturedNotebook', { runId, ...(at === 'end' ? {} : { at: Number(at) }) });
  return { bytes: new TextEncoder().encode(await write(connection, notebook, use)), changedAt: notebook.recordedAt };
}

/** Serves notebooks as they were and executions of cells; asks the companion when one is opened. */
export function serveCapturedNotebooks(connection: Connection): Disposable {
  return serveReadonlyFiles(recordScheme, mostKept, async (uri) => {
    try {
      return (await readExecutions(connection, uri)) ?? (await readNotebook(connection, uri));
    } catch (error) {
      throw error instanceof FileSystemError ? error : FileSystemError.Unavailable(describeFailure(error));
    }
  });
}

async function write(connection: Connection, notebook: CapturedNotebook, use: string): Promise<string> {
  const now = await notebookOfNow(notebook.notebook);
  if (now === undefined || use === 'nothing' || use === 'run') {
    return toIpynb(notebook, { now, counts: use === 'run' ? 'none' : 'recorded' });
  }
  const maskTexts = async (texts: readonly string[]): Promise<string[]> => (await connection.call('maskTexts', { texts: [...texts] })).texts;
  const beside = await unchangedCells(notebook, now, maskTexts);
  return toIpynb(beside.notebook, { now, sameOutputs: beside.sameOutputs, counts: 'now' });
}

async function notebookOfNow(file: string): Promise<NotebookOfNow | undefined> {
  try {
    return readNotebookOfNow(await workspace.openNotebookDocument(fileUri(file)));
  } catch {
    return undefined;
  }
}
