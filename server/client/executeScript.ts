import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CellExecution, CellOutput, CellResults } from '../contract/notebooks.ts';
import { pythonFolder } from '../platform/resources.ts';
import { CallFailure } from './callFailure.ts';
import type { CompanionClient } from './companionClient.ts';

export interface ScriptExecution {
  /** Absolute path. */
  readonly script: string;
  readonly workspace?: string;
  readonly arguments: readonly string[];
  /** A command, or an absolute path. */
  readonly python: string;
  /** Told what the script writes, as it comes. */
  readonly write: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

export interface ExecutedScript {
  readonly captureRunId: string;
  /** Of the script; 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  readonly results: readonly CellResults[];
}

/** The cell that a script is in its captured run. */
const cellId = 'script';
const argumentsId = 'arguments';

/** What is kept of a stream: how it began, and how it ended, which is where results are printed. */
const kept = { first: 100_000, last: 150_000 } as const;

const scriptReport = z.object({
  parameters: z.record(z.string(), z.unknown()),
  python: z.string(),
  packages: z.array(z.string()).transform((lines) => lines.slice(0, 5000)),
});
type ScriptReport = z.infer<typeof scriptReport>;

/** Keeps the beginning and the end of a text that may be long. */
function createTranscript(): { add(text: string): void; output(mime: string): CellOutput[] } {
  let first = '';
  let last = '';
  let left = 0;
  return {
    add(text) {
      const room = kept.first - first.length;
      first += text.slice(0, Math.max(0, room));
      last += text.slice(Math.max(0, room));
      if (last.length > 2 * kept.last) {
        left += last.length - kept.last;
        last = last.slice(-kept.last);
      }
    },
    output(mime) {
      const over = Math.max(0, last.length - kept.last);
      const gap = left + over === 0 ? '' : `\n… ${left + over} characters are left out …\n`;
      const content = `${first}${gap}${last.slice(over)}`;
      return content === '' ? [] : [{ mime, content, encoding: 'text', truncated: gap !== '' }];
    },
  };
}

/** A value as Python writes it. */
function literal(value: unknown): string {
  if (value === null) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  return Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : JSON.stringify(value);
}

/**
 * Runs a script and records it as a captured run, in the way a notebook is: what it was called with, what it prints, what mlflow logs meanwhile, its source,
 * the environment and git. Ctrl-C and signals reach the script; what it has said until then is recorded.
 * @throws CallFailure `start-failed` when Python cannot be run, or what the companion answered
 */
export async function executeScript(client: CompanionClient, execution: ScriptExecution): Promise<ExecutedScript> {
  const { script, workspace } = execution;
  const source = await readFile(script, 'utf8');
  const connection = await client.call('getNotebookConnection', { notebook: script });
  const { runId } = await client.call('startCapture', { notebook: script, ...(workspace === undefined ? {} : { workspace }) });
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-script-'));
  const report = path.join(folder, 'report.json');
  try {
    await client.call('recordNotebook', { runId, recordedAt: Date.now(), cells: [{ cellId, kind: 'code', language: 'python', tags: [], source }] });
    const startedAt = Date.now();
    await client.call('beginCell', { runId, cellId, cellIndex: 0, startedAt });
    const { exitCode, outputs } = await runPython(execution, report, { ...connection.environment, MLFLOW_TRACKING_USERNAME: `nb-${runId}` });
    const endedAt = Date.now();
    const known = await readReport(report);
    const common = { cellIndex: 0, language: 'python', startedAt, endedAt } as const;
    const called = Object.entries(known?.parameters ?? {}).map(([name, value]) => `${name} = ${literal(value)}`);
    const executions: CellExecution[] = [
      { ...common, cellId, tags: [], source, success: exitCode === 0, outputs },
      // Recorded last: what it was called with counts over what its source assigns.
      ...(called.length === 0 ? [] : [{ ...common, cellId: argumentsId, tags: ['injected-parameters'], source: called.join('\n'), success: true, outputs: [] }]),
    ];
    if (known !== undefined) {
      await client.call('recordPackages', { runId, packages: known.packages, pythonVersion: known.python });
    }
    const { results } = await client.call('recordCells', { runId, executions });
    await client.call('endCapture', { runId, status: exitCode === 0 ? 'FINISHED' : exitCode > 128 ? 'KILLED' : 'FAILED' });
    return { captureRunId: runId, exitCode, results: results.filter((cell) => cell.cellId === cellId) };
  } catch (error) {
    await client.call('endCapture', { runId, status: 'FAILED' }).catch(() => undefined);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<ScriptReport | undefined> {
  try {
    return scriptReport.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // A script that was killed leaves none.
    return undefined;
  }
}

async function runPython(
  { script, arguments: given, python, write }: ScriptExecution,
  report: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; outputs: CellOutput[] }> {
  const child = spawn(python, ['-u', '-m', 'slipway_notebook.script', report, script, ...given], {
    env: { ...process.env, ...environment, PYTHONPATH: [pythonFolder, process.env['PYTHONPATH']].filter(Boolean).join(path.delimiter) },
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const transcripts = { stdout: createTranscript(), stderr: createTranscript() };
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    child[stream].on('data', (chunk: Buffer) => {
      write(stream, chunk);
      transcripts[stream].add(decoder.decode(chunk, { stream: true }));
    });
  }
  const stopForwarding = forwardSignals(child);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => reject(new CallFailure('start-failed', `${python} cannot be run.`, { remedy: 'Name a Python with --python.', cause })));
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
    return { exitCode, outputs: [...transcripts.stdout.output('application/vnd.code.notebook.stdout'), ...transcripts.stderr.output('application/vnd.code.notebook.stderr')] };
  } finally {
    stopForwarding();
  }
}

/** Hands signals on to the script, and stays until it has ended. A terminal's Ctrl-C reaches both by itself. */
function forwardSignals(child: ChildProcess): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const handler = (): void => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) {
        child.kill(signal);
      }
    };
    process.on(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => handlers.forEach((stop) => void stop());
}
