import type { Kernel } from '@vscode/jupyter-extension';
import { type CancellationToken, Uri, workspace } from 'vscode';
import { z } from 'zod';
import { KernelCodeFailure, printedBy } from './jupyterKernel.ts';

const modelVariable = z.object({
  name: z.string(),
  /** Library and class, such as `sklearn Pipeline`. */
  type: z.string(),
  /** Steps of a pipeline, from the first to the last. */
  steps: z.array(z.string()),
  /** Null where the library does not say. */
  fitted: z.boolean().nullable(),
  /** Number of input columns; null where the model does not say. */
  inputs: z.number().nullable(),
});
const tableVariable = z.object({ name: z.string(), type: z.string(), rows: z.number(), columns: z.number() });
const kernelVariables = z.object({ models: z.array(modelVariable), tables: z.array(tableVariable) });

/** A variable that can predict. */
export type ModelVariable = z.infer<typeof modelVariable>;
/** A variable that holds rows and columns. */
export type TableVariable = z.infer<typeof tableVariable>;
/** What a kernel holds that can be registered, and what can serve as its example. */
export type KernelVariables = z.infer<typeof kernelVariables>;

/** How many models, and how many tables, are told. */
const most = 100;

/** Code that prints the variables as JSON and leaves no name behind. */
async function readerCode(extensionUri: Uri): Promise<string> {
  const program = await workspace.fs.readFile(Uri.joinPath(extensionUri, 'dist', 'python', 'slipway_tools', 'kernel_variables.py'));
  return `exec(${JSON.stringify(new TextDecoder().decode(program))}, {"user": get_ipython().user_ns, "hidden": get_ipython().user_ns_hidden, "most": ${most}})`;
}

/**
 * The models and tables that a Python kernel holds now, the last made last.
 * @returns undefined when the user refuses, the kernel is busy with a cell or cannot tell
 */
export async function readKernelVariables(kernel: Kernel, extensionUri: Uri, token: CancellationToken): Promise<KernelVariables | undefined> {
  if (kernel.language !== 'python' || kernel.status !== 'idle') {
    return undefined;
  }
  try {
    const printed = await printedBy(kernel, await readerCode(extensionUri), token);
    return kernelVariables.parse(JSON.parse(printed));
  } catch (error) {
    if (error instanceof KernelCodeFailure || error instanceof SyntaxError || error instanceof z.ZodError) {
      return undefined;
    }
    throw error;
  }
}
