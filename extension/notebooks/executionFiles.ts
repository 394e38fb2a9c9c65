import path from 'node:path';
import { FileSystemError, Uri } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import type { ReadonlyFile } from '../vscode/readonlyFiles.ts';
import { executionNotebook, type NamedExecution } from './executionNotebook.ts';
import { inTitle, recordScheme } from './recordScheme.ts';

/** Where one execution of a captured run can be read. */
export function executionUri(execution: { readonly runId: string; readonly sequence: number; readonly cellIndex: number; readonly runName: string }): Uri {
  const { runId, sequence, cellIndex, runName } = execution;
  return Uri.from({ scheme: recordScheme, path: `/${runId}/execution/${sequence}/Cell ${cellIndex + 1} (${inTitle(runName)}, ${sequence}).ipynb` });
}

/** Where the executions of one cell across captured runs can be read; another file each time, as there may be more of them. */
export function cellHistoryUri({ notebook, cellId, cellIndex }: { readonly notebook: string; readonly cellId: string; readonly cellIndex: number }): Uri {
  const name = `History of cell ${cellIndex + 1} (${path.basename(notebook, '.ipynb')}).ipynb`;
  return Uri.from({ scheme: recordScheme, path: `/history/${Date.now()}/${name}`, query: new URLSearchParams({ notebook, cellId }).toString() });
}

/** What one notebook shows together. */
const mostTogether = 50;
const mostCharacters = 32 * 1024 * 1024;

async function oneExecution(connection: Connection, runId: string, sequence: number): Promise<string> {
  const [execution, { name }] = await Promise.all([connection.call('getCellExecution', { runId, sequence }), connection.call('getRun', { runId })]);
  return executionNotebook([{ execution, runName: name }], 0);
}

async function historyOf(connection: Connection, notebook: string, cellId: string): Promise<string> {
  const { executions, total } = await connection.call('getCellHistory', { notebook, cellId });
  const shown: NamedExecution[] = [];
  let left = mostCharacters;
  for (const { runId, sequence, runName } of executions.slice(0, mostTogether)) {
    const execution = await connection.call('getCellExecution', { runId, sequence });
    left -= execution.outputs.reduce((sum, { content }) => sum + content.length, execution.source.length);
    if (left < 0 && shown.length > 0) {
      break;
    }
    shown.push({ execution, runName });
  }
  return executionNotebook(shown, total - shown.length);
}

/**
 * Reads {@link executionUri} and {@link cellHistoryUri}.
 * @returns undefined for other files
 */
export async function readExecutions(connection: Connection, uri: Uri): Promise<ReadonlyFile | undefined> {
  const [, runId, sequence] = /^\/([0-9a-f]{32})\/execution\/(\d+)\/[^/]+\.ipynb$/.exec(uri.path) ?? [];
  const at = /^\/history\/(\d+)\/[^/]+\.ipynb$/.exec(uri.path)?.[1];
  if (runId !== undefined && sequence !== undefined) {
    return { bytes: new TextEncoder().encode(await oneExecution(connection, runId, Number(sequence))), changedAt: 0 };
  }
  if (at === undefined) {
    return undefined;
  }
  const query = new URLSearchParams(uri.query);
  const [notebook, cellId] = [query.get('notebook'), query.get('cellId')];
  if (notebook === null || cellId === null) {
    throw FileSystemError.FileNotFound(uri);
  }
  return { bytes: new TextEncoder().encode(await historyOf(connection, notebook, cellId)), changedAt: Number(at) };
}
