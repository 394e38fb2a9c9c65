import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { z } from 'zod';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { cellExecution, type CellResults } from '../contract/captures.ts';
import { pythonFolder } from '../resources.ts';

const executionEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('kernel'), pythonVersion: z.string(), packages: z.array(z.string()) }),
  z.object({ event: z.literal('cell-begin'), cellId: z.string(), cellIndex: z.number(), startedAt: z.number() }),
  z.object({ event: z.literal('cell-end'), execution: cellExecution }),
  z.object({ event: z.literal('done'), ok: z.boolean() }),
  z.object({ event: z.literal('error'), reason: z.string(), message: z.string() }),
]);

export interface NotebookExecution {
  /** Absolute path. */
  readonly notebook: string;
  readonly workspace?: string;
  /** Values for the cell tagged `parameters`. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** A Python with nbclient and ipykernel. */
  readonly python: string;
  readonly kernel: string;
  /** Where to write the executed notebook. */
  readonly output?: string;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ExecutedNotebook {
  readonly captureRunId: string;
  /** What the cells logged, in order. */
  readonly results: readonly CellResults[];
}

const remedies: Readonly<Record<string, string>> = {
  'no-nbclient': 'Install nbclient and ipykernel into that Python, or name another one with --python.',
  'no-such-kernel': 'Name an installed kernel with --kernel; "jupyter kernelspec list" shows them.',
  'broken-notebook': 'Open it in the notebook editor and save it again.',
  'cell-failed': 'The captured run holds the output of the failed cell.',
};

/**
 * Executes a notebook in a real kernel and records it as a captured run, in the way the editor does: each cell is announced before
 * it runs, and `mlflow` in the kernel logs to the companion.
 * @throws CallFailure `start-failed` when Python cannot be run, `invalid-input` with the executor's own words otherwise
 */
export async function executeNotebook(client: CompanionClient, execution: NotebookExecution): Promise<ExecutedNotebook> {
  const { notebook, workspace, parameters, python, kernel, output, progress, signal } = execution;
  const connection = await client.call('getNotebookConnection', { notebook });
  const { runId } = await client.call('startCapture', { notebook, kernel, ...(workspace === undefined ? {} : { workspace }) });
  const trackingUri = new URL(connection.trackingUri);
  trackingUri.username = `nb-${runId}`;

  const child = spawn(
    python,
    [
      '-m', 'slipway_notebook.execute', notebook, '--ack', '--kernel', kernel, '--parameters', JSON.stringify(parameters),
      ...(output === undefined ? [] : ['--output', output]),
    ],
    {
      cwd: path.dirname(notebook),
      env: {
        ...process.env,
        ...connection.environment,
        MLFLOW_TRACKING_URI: trackingUri.href.replace(/\/$/, ''),
        PYTHONPATH: [pythonFolder, process.env['PYTHONPATH']].filter(Boolean).join(path.delimiter),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    },
  );
  let errorText = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('utf8')).slice(-4000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A Python that cannot be run is reported below, once standard output has ended.
  ended.catch(() => undefined);

  let failure: CallFailure | undefined;
  const results: CellResults[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = executionEvent.parse(JSON.parse(line));
    switch (event.event) {
      case 'kernel':
        await client.call('recordPackages', { runId, packages: event.packages, pythonVersion: event.pythonVersion });
        break;
      case 'cell-begin':
        await client.call('beginCell', { runId, cellId: event.cellId, cellIndex: event.cellIndex, startedAt: event.startedAt });
        child.stdin.write('\n');
        break;
      case 'cell-end': {
        const { cellIndex, startedAt, endedAt, success } = event.execution;
        results.push(await client.call('recordCell', { runId, execution: event.execution }));
        progress(`cell ${cellIndex + 1}  ${success ? 'ok' : 'failed'}  ${((endedAt - startedAt) / 1000).toFixed(1)} s`);
        break;
      }
      case 'error':
        failure = new CallFailure('invalid-input', event.message, { remedy: remedies[event.reason] });
        break;
      case 'done':
        break;
    }
  }
  try {
    const code = await ended;
    if (code !== 0 && failure === undefined) {
      failure = new CallFailure('invalid-input', `${python} cannot execute notebooks: ${errorText.trim().split('\n').at(-1) ?? `exit code ${code ?? '?'}`}`, {
        remedy: remedies['no-nbclient'],
      });
    }
  } catch (cause) {
    failure = signal?.aborted === true ? new CallFailure('aborted', 'Cancelled.') : new CallFailure('start-failed', `${python} cannot be run.`, { remedy: remedies['no-nbclient'], cause });
  }
  await client.call('endCapture', { runId, status: failure === undefined ? 'FINISHED' : signal?.aborted === true ? 'KILLED' : 'FAILED' });
  if (failure !== undefined) {
    throw failure;
  }
  return { captureRunId: runId, results };
}
