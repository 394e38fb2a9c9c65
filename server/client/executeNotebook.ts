import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { z } from 'zod';
import { cellExecution, type CellResults } from '../contract/notebooks.ts';
import { pythonFolder } from '../platform/resources.ts';
import { CallFailure, type FailureReason } from './callFailure.ts';
import type { CompanionClient } from './companionClient.ts';
import { readNotebookCells } from './notebookFile.ts';

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
  /** A Python with nbclient and ipykernel: a command, or an absolute path. */
  readonly python: string;
  /** Default: the kernel that the notebook names. */
  readonly kernel?: string;
  /** Where to write the executed notebook. */
  readonly output?: string;
  readonly progress: (line: string) => void;
  /** Told the captured run as soon as there is one. */
  readonly captured?: (runId: string) => void;
  /** Interrupts the running cell; what was executed is kept. */
  readonly signal?: AbortSignal;
}

export interface ExecutedNotebook {
  readonly captureRunId: string;
  /** What the cells logged, in order. */
  readonly results: readonly CellResults[];
}

const pythonRemedy = 'Install nbclient and ipykernel into that Python, or name another one with --python.';

/** What the executor's reasons mean to the caller. */
const failures: Readonly<Record<string, { readonly reason: FailureReason; readonly remedy?: string }>> = {
  'no-nbclient': { reason: 'unavailable', remedy: pythonRemedy },
  'no-such-kernel': { reason: 'not-found', remedy: 'Name an installed kernel with --kernel; "jupyter kernelspec list" shows them.' },
  'broken-notebook': { reason: 'invalid-input', remedy: 'Open it in the notebook editor and save it again.' },
  'cell-failed': { reason: 'work-failed', remedy: 'The captured run holds the output of the failed cell.' },
  interrupted: { reason: 'aborted', remedy: 'The captured run holds the cells that were executed.' },
};

/**
 * Executes a notebook in a real kernel and records it as a captured run, in the way the editor does: each cell is announced before
 * it runs, and `mlflow` in the kernel logs to the companion. Without an executed cell there is no captured run.
 * @throws CallFailure in the executor's own words: `start-failed` or `unavailable` when Python cannot do it, `not-found` for the
 *   kernel, `invalid-input` for the notebook, `work-failed` for a cell, `aborted` by the signal; or what the companion answered
 */
export async function executeNotebook(client: CompanionClient, execution: NotebookExecution): Promise<ExecutedNotebook> {
  const { notebook, workspace, kernel, signal } = execution;
  const connection = await client.call('getNotebookConnection', { notebook });
  const { runId } = await client.call('startCapture', {
    notebook,
    ...(kernel === undefined ? {} : { kernel }),
    ...(workspace === undefined ? {} : { workspace }),
  });
  execution.captured?.(runId);
  const cells = await readNotebookCells(notebook);
  if (cells !== undefined) {
    try {
      await client.call('recordNotebook', { runId, recordedAt: Date.now(), cells });
    } catch (error) {
      // A notebook too large to be kept as a whole runs all the same.
      execution.progress(`the notebook's cells are not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const child = launch(execution, { ...connection.environment, MLFLOW_TRACKING_USERNAME: `nb-${runId}` });
  const results: CellResults[] = [];
  let failure: CallFailure | undefined;
  try {
    await follow(client, runId, child, results, execution.progress);
  } catch (error) {
    failure = CallFailure.is(error) ? error : new CallFailure('internal', String(error), { cause: error });
  } finally {
    await child.end();
  }
  if (signal?.aborted === true) {
    failure = new CallFailure('aborted', 'Cancelled.', { remedy: failures['interrupted']?.remedy });
  }
  try {
    await client.call('endCapture', { runId, status: failure === undefined ? 'FINISHED' : failure.reason === 'aborted' ? 'KILLED' : 'FAILED' });
    if (failure !== undefined && results.length === 0) {
      await client.call('deleteRun', { runId });
    }
  } catch (error) {
    // What went wrong first is what the user can do something about.
    throw failure ?? error;
  }
  if (failure !== undefined) {
    throw failure;
  }
  return { captureRunId: runId, results };
}

interface Executor {
  readonly process: ChildProcess;
  readonly lines: AsyncIterable<string>;
  /** Lets the announced cell run. */
  proceed(): void;
  /** Resolves when the process has ended by itself. @throws CallFailure when it could not be run or gave no reason */
  ended(): Promise<void>;
  /** Ends the process if it still runs. */
  end(): Promise<void>;
}

function launch({ notebook, parameters, python, kernel, output, signal }: NotebookExecution, environment: Readonly<Record<string, string>>): Executor {
  const child = spawn(
    python,
    [
      '-m', 'slipway_notebook.execute', notebook, '--ack', '--parameters', JSON.stringify(parameters),
      ...(kernel === undefined ? [] : ['--kernel', kernel]),
      ...(output === undefined ? [] : ['--output', output]),
    ],
    {
      cwd: path.dirname(notebook),
      env: { ...process.env, ...environment, PYTHONPATH: [pythonFolder, process.env['PYTHONPATH']].filter(Boolean).join(path.delimiter) },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is passed on once, by the signal below.
      detached: process.platform !== 'win32',
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4000);
  });
  // It may end before it has read what it was told.
  child.stdin.on('error', () => undefined);
  const closed = new Promise<number | null | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', interrupt);
  return {
    process: child,
    lines: createInterface({ input: child.stdout }),
    proceed: () => void child.stdin.write('\n'),
    async ended() {
      const result = await closed;
      if (result instanceof Error) {
        throw new CallFailure('start-failed', `${python} cannot be run.`, { remedy: 'Name a Python that has nbclient and ipykernel with --python.', cause: result });
      }
      if (result !== 0) {
        const reason = said.trim().split('\n').at(-1) ?? '';
        throw new CallFailure('unavailable', `${python} cannot execute notebooks: ${reason === '' ? `it ended with ${result ?? 'a signal'}` : reason}`, {
          remedy: pythonRemedy,
        });
      }
    },
    async end() {
      signal?.removeEventListener('abort', interrupt);
      child.kill('SIGTERM');
      await closed;
    },
  };
}

/** Records what the executor reports until it has ended. */
async function follow(client: CompanionClient, runId: string, executor: Executor, results: CellResults[], progress: (line: string) => void): Promise<void> {
  let failure: CallFailure | undefined;
  for await (const line of executor.lines) {
    const event = executionEvent.parse(JSON.parse(line));
    switch (event.event) {
      case 'kernel':
        await client.call('recordPackages', { runId, packages: event.packages, pythonVersion: event.pythonVersion });
        break;
      case 'cell-begin':
        await client.call('beginCell', { runId, cellId: event.cellId, cellIndex: event.cellIndex, startedAt: event.startedAt });
        executor.proceed();
        break;
      case 'cell-end': {
        const { cellIndex, startedAt, endedAt, success } = event.execution;
        results.push(await client.call('recordCell', { runId, execution: event.execution }));
        progress(`cell ${cellIndex + 1}  ${success ? 'ok' : 'failed'}  ${((endedAt - startedAt) / 1000).toFixed(1)} s`);
        break;
      }
      case 'error': {
        const known = failures[event.reason];
        failure = new CallFailure(known?.reason ?? 'work-failed', event.message, { remedy: known?.remedy });
        break;
      }
      case 'done':
        break;
    }
  }
  if (failure !== undefined) {
    throw failure;
  }
  await executor.ended();
}
