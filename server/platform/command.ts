import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Problem, systemErrorCode } from './errors.ts';

/** Gets one line for people at a time: what is going on now. */
export type Progress = (line: string) => void;

export interface CommandOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** All that the program gets: see `environment.ts`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called for each line of standard output and standard error, in the order of their arrival. */
  readonly onLine?: (line: string, from: 'output' | 'error') => void;
  /** Characters of a line that are kept, for programs that may write more without an end than fits into memory; default: all. */
  readonly lineCharacters?: number;
}

export interface CommandResult {
  /** Exit status; a signal's end counts as 1. */
  readonly status: number;
  /** Standard output and standard error together. */
  readonly lines: readonly string[];
}

/** Milliseconds between the polite and the final signal. */
const graceMilliseconds = 3000;

/** Lines that are kept; builds can write many more. */
const keptLines = 2000;

/** What an aborted operation throws. */
export function cancelled(): Problem {
  return new Problem('conflict', 'Cancelled.');
}

/**
 * Runs a program without a shell to its end. When the signal aborts, the program and what it started end, and the promise rejects.
 * @throws Problem `not-found` when there is no such program; `conflict` when cancelled
 */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { signal, onLine } = options;
  if (signal.aborted) {
    return Promise.reject(cancelled());
  }
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a cancel reaches compilers and build back ends as well.
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.environment,
    });
    const lines: string[] = [];
    for (const [from, stream] of [['output', child.stdout], ['error', child.stderr]] as const) {
      readLines(stream, options.lineCharacters, (line) => {
        if (lines.length === keptLines) {
          lines.shift();
        }
        lines.push(line);
        onLine?.(line, from);
      });
    }
    let final: NodeJS.Timeout | undefined;
    const abort = (): void => {
      killGroup(child.pid, 'SIGTERM');
      final = setTimeout(() => killGroup(child.pid, 'SIGKILL'), graceMilliseconds);
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
      clearTimeout(final);
    };
    child.once('error', (error) => {
      settle();
      reject(systemErrorCode(error) === 'ENOENT' ? new Problem('not-found', `${file} was not found.`, { cause: error }) : error);
    });
    child.once('close', (code) => {
      settle();
      if (signal.aborted) {
        reject(cancelled());
      } else {
        resolve({ status: code ?? 1, lines });
      }
    });
  });
}

function readLines(stream: Readable, most: number | undefined, take: (line: string) => void): void {
  if (most === undefined) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', take);
    return;
  }
  let line = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) {
        take(line.replace(/\r$/, ''));
        line = '';
      }
      line = (line + part).slice(0, most);
    }
  });
  stream.on('end', () => {
    if (line !== '') {
      take(line);
    }
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') {
      throw error;
    }
  }
}
