import type { Jupyter, Kernel, KernelStatus, Output } from '@vscode/jupyter-extension';
import { type CancellationToken, type Disposable, extensions, type NotebookDocument } from 'vscode';
import { z } from 'zod';

const extensionId = 'ms-toolsai.jupyter';

/** Why code did not run in a kernel, or did not run to its end. */
export class KernelCodeFailure extends Error {
  readonly reason: 'refused' | 'raised' | 'broken-off';

  constructor(reason: KernelCodeFailure['reason'], message: string) {
    super(message);
    this.name = 'KernelCodeFailure';
    this.reason = reason;
  }
}

/**
 * The kernel that the Jupyter extension runs for a notebook (https://github.com/microsoft/vscode-jupyter, `src/api.d.ts`).
 * @returns undefined where that extension is missing, too old to have the API, or has not started a kernel for the notebook
 */
export async function jupyterKernel(notebook: NotebookDocument): Promise<Kernel | undefined> {
  const extension = extensions.getExtension<Partial<Jupyter> | undefined>(extensionId);
  if (extension === undefined) {
    return undefined;
  }
  try {
    const api = extension.isActive ? extension.exports : await extension.activate();
    return await api?.kernels?.getKernel(notebook.uri);
  } catch {
    // What that extension cannot do now is done without it.
    return undefined;
  }
}

const endings: ReadonlySet<KernelStatus> = new Set(['terminating', 'restarting', 'autorestarting', 'dead']);

/** Calls back when the kernel that runs now ends, crashes or is restarted; undefined where the Jupyter extension does not run it. */
export async function watchKernelEnd(notebook: NotebookDocument, ended: () => void): Promise<Disposable | undefined> {
  const kernel = await jupyterKernel(notebook);
  return kernel?.onDidChangeStatus((status) => {
    if (endings.has(status)) {
      ended();
    }
  });
}

/** VS Code's own types, and those that the Jupyter extension documents. */
const stdout = new Set(['application/vnd.code.notebook.stdout', 'application/x.notebook.stream.stdout']);
const errorType = 'application/vnd.code.notebook.error';
const revoked = 'vscode.jupyter.apiAccessRevoked';
const raisedError = z.object({ name: z.string().catch('Error'), message: z.string().catch('') });

/**
 * Runs code in a kernel, beside the cells: it gets no execution count and stays out of the history. The Jupyter extension asks the user
 * the first time. The kernel takes it up when it is idle.
 * @returns what the code printed
 * @throws KernelCodeFailure when the user refuses, the code raises or the kernel ends
 */
export async function printedBy(kernel: Kernel, code: string, token: CancellationToken): Promise<string> {
  const decoder = new TextDecoder();
  let printed = '';
  try {
    for await (const { items } of kernel.executeCode(code, token)) {
      printed += textOf(items, decoder);
    }
  } catch (error) {
    if (error instanceof KernelCodeFailure) {
      throw error;
    }
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new KernelCodeFailure(name === revoked ? 'refused' : 'broken-off', message);
  }
  if (token.isCancellationRequested) {
    throw new KernelCodeFailure('broken-off', 'The code was cancelled.');
  }
  return printed;
}

function textOf(items: Output['items'], decoder: TextDecoder): string {
  return items
    .map(({ mime, data }) => {
      if (mime === errorType) {
        const { name, message } = raisedError.parse(JSON.parse(decoder.decode(data)));
        throw new KernelCodeFailure('raised', `${name}: ${message}`);
      }
      return stdout.has(mime) ? decoder.decode(data) : '';
    })
    .join('');
}
