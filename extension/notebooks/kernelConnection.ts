import { CancellationTokenSource, type NotebookDocument, Uri, workspace } from 'vscode';
import type { NotebookConnection } from '../../server/contract/companion.ts';
import { jupyterKernel, KernelCodeFailure, printedBy } from './jupyterKernel.ts';

export interface Wanted {
  readonly connection: NotebookConnection;
  /** Tracking URIs of companions before, which are replaced. */
  readonly earlier: readonly string[];
  /** Whether the user asks for it, whatever the kernel logs to. */
  readonly asked: boolean;
}

async function connectingCode(extensionUri: Uri, { connection, earlier, asked }: Wanted): Promise<string> {
  const program = await workspace.fs.readFile(Uri.joinPath(extensionUri, 'dist', 'python', 'slipway_tools', 'connect_kernel.py'));
  const given = [
    `"environment": ${JSON.stringify(connection.environment)}`,
    `"folder": ${JSON.stringify(connection.pythonPath)}`,
    `"earlier": ${JSON.stringify(earlier)}`,
    `"asked": ${asked ? 'True' : 'False'}`,
  ];
  return `exec(${JSON.stringify(new TextDecoder().decode(program))}, {${given.join(', ')}})`;
}

/**
 * Makes mlflow in a kernel that has started already log to the companion, once the kernel is idle.
 * @returns whether it does; undefined where no kernel runs that could be told: there is none yet, it is no Python, or nothing gives access to it
 */
export async function connectStartedKernel(notebook: NotebookDocument, extensionUri: Uri, wanted: Wanted): Promise<boolean | undefined> {
  const kernel = await jupyterKernel(notebook);
  if (kernel?.language !== 'python') {
    return undefined;
  }
  const source = new CancellationTokenSource();
  try {
    const printed = await printedBy(kernel, await connectingCode(extensionUri, wanted), source.token);
    return printed.trim() === wanted.connection.trackingUri;
  } catch (error) {
    if (error instanceof KernelCodeFailure) {
      return false;
    }
    throw error;
  } finally {
    source.dispose();
  }
}
