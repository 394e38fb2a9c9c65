import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Problem, systemErrorCode } from './errors.ts';

/** Gets one line for people at a time: what is going on now. */
export type Progress = (line: string) => void;

export interface CommandOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** All that the program gets: see `environment.ts`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called for each line of standard output and standard error, in the order of their arrival. */
  readonly onLine?: (line: string) => void;
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
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
        if (lines.length === keptLines) {
          lines.shift();
        }
        lines.push(line);
        onLine?.(line);
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
