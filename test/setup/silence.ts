import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './step.mjs';

/** How long output may come after the end of the program. */
const outputMilliseconds = 2000;

/** How a program ended. */
export interface Ended {
  /** Exit status; 1 when a signal ended it. */
  readonly status: number;
  /** True when it was ended because it had given no sign of life for too long. */
  readonly silent: boolean;
  /** What it wrote to stdout and stderr, in the order of arrival. */
  readonly output: string;
  readonly seconds: number;
}

export interface Watch {
  readonly environment: NodeJS.ProcessEnv;
  /** How long the program may give no sign of life. */
  readonly silenceMilliseconds: number;
  /** A file that the program writes its progress to; what is added to it is a sign of life as output is. */
  readonly progressFile?: string;
  /** Shows output as it comes. */
  readonly show?: (text: string) => void;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

/** What ends the programs that run now. */
const running = new Set<() => void>();

process.once('exit', () => {
  running.forEach((end) => {
    end();
  });
});

/**
 * Runs a program in a process group of its own, with stdin closed. The whole group is ended when it has given no sign of life for too
 * long; how long it runs in all does not matter.
 * @throws Error when it cannot be started
 */
export function runWatched(command: string, args: readonly string[], watch: Watch): Promise<Ended> {
  const started = Date.now();
  const child = spawn(command, args, { cwd: root, env: watch.environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => {
    endGroup(child);
  };
  let output = '';
  let silent = false;
  let lastSign = started;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      lastSign = Date.now();
      output += text;
      watch.show?.(text);
    });
  }
  let progress = 0;
  const look = (): void => {
    const size = sizeOf(watch.progressFile);
    if (size !== progress) {
      progress = size;
      lastSign = Date.now();
    }
    if (Date.now() - lastSign > watch.silenceMilliseconds) {
      silent = true;
      end();
    }
  };
  const timer = setInterval(look, Math.min(1000, watch.silenceMilliseconds / 4));
  watch.signal?.addEventListener('abort', end);
  running.add(end);
  return new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      // What the program leaves running may hold its output open for ever.
      void Promise.race([once(child, 'close'), sleep(outputMilliseconds, undefined, { ref: false })]).then(() => {
        resolve({ status: code ?? 1, silent, output, seconds: (Date.now() - started) / 1000 });
      });
    });
  }).finally(() => {
    clearInterval(timer);
    watch.signal?.removeEventListener('abort', end);
    running.delete(end);
    end();
    child.stdout.destroy();
    child.stderr.destroy();
  });
}

function sizeOf(file: string | undefined): number {
  return file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}

function endGroup(child: ChildProcess): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) {
      child.kill('SIGKILL');
    } else {
      process.kill(-child.pid, 'SIGKILL');
    }
  } catch {
    // It has ended meanwhile.
  }
}
