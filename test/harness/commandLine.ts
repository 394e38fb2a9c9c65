import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { built } from './built.ts';

/** The command as it is packaged. */
export const builtCommand = built('slipway.mjs');

/** The Python of the tests, with mlflow, a kernel and nbclient. */
export const testPython = process.env['SLIPWAY_TEST_PYTHON'] ?? fileURLToPath(new URL('../../.cache/python/bin/python', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error holds the pattern; rejects when the command ends before. */
  says(pattern: RegExp): Promise<void>;
}

export interface CommandOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
  /** Another Node than the one of the tests. */
  readonly node?: string;
}

/** The command line of one data home. */
export interface CommandLine {
  start(args: readonly string[], options?: CommandOptions): Running;
  run(args: readonly string[], options?: CommandOptions): Promise<Ended>;
  /** Runs with `--json`; what it prints must be one JSON value on one line. */
  json(args: readonly string[], options?: CommandOptions): Promise<{ code: number | null; value: unknown }>;
}

export function commandLine(home: string, environment: NodeJS.ProcessEnv = {}): CommandLine {
  const start: CommandLine['start'] = (args, options = {}) => {
    const child = spawn(options.node ?? process.execPath, [builtCommand, ...args], {
      env: { ...process.env, NO_COLOR: '1', SLIPWAY_HOME: home, SLIPWAY_PORT: '0', ...environment, ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return {
      process: child,
      ended,
      says: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (pattern.test(stderr)) {
              resolve();
            }
          };
          child.stderr.on('data', look);
          child.once('close', () => reject(new Error(`it ended without saying ${String(pattern)}: ${stderr}`)));
          look();
        }),
    };
  };
  return {
    start,
    run: (args, options) => start(args, options).ended,
    async json(args, options) {
      const { code, stdout, stderr } = await start([...args, '--json'], options).ended;
      const lines = stdout.trimEnd().split('\n');
      if (lines.length !== 1) {
        throw new Error(`slipway ${args.join(' ')} --json printed ${lines.length} lines: ${stdout}${stderr}`);
      }
      return { code, value: JSON.parse(lines[0] ?? '') };
    },
  };
}
