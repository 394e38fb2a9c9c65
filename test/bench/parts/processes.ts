import { spawn, type ChildProcess } from 'node:child_process';

/** A server in a process group of its own. */
export interface RunningServer {
  readonly pid: number;
  /** Milliseconds from the start of the process to its first good answer. */
  readonly startMilliseconds: number;
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Address that answers 200 as soon as the server can work. */
  readonly health: string;
}

const pollMilliseconds = 5;
const patienceMilliseconds = 120_000;

/**
 * Starts a server and waits until it answers.
 * @throws Error with the end of its output when it ends or does not answer in two minutes
 */
export async function startServer({ command, args, environment, cwd, health }: ServerCommand): Promise<RunningServer> {
  const started = performance.now();
  const child = spawn(command, args, { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-4000);
    });
  }
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      output += error.message;
      resolve();
    });
  });
  // A benchmark that is cut short takes the server with it.
  const endNow = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', endNow);
    signalGroup(child, 'SIGTERM');
    const late = setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000);
    await exited;
    clearTimeout(late);
    signalGroup(child, 'SIGKILL');
  };
  while (!(await answers(health))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() - started > patienceMilliseconds) {
      await stop();
      throw new Error(`${command} ${args.join(' ')} does not answer at ${health}\n${output}`);
    }
    await pause(pollMilliseconds);
  }
  return { pid: child.pid ?? 0, startMilliseconds: performance.now() - started, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // The group has ended.
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
