import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { companionLock, type CompanionLock } from '../contract/companion.ts';
import { activationPort } from '../platform/activation.ts';
import type { DataHome } from '../platform/home.ts';
import type { Log } from '../platform/log.ts';
import { isAlive } from '../platform/processEnd.ts';
import type { Relaunch } from '../platform/relaunch.ts';

/** How often it is looked whether the companion runs. */
const lookMilliseconds = 200;
/** First and longest pause after a start that failed. */
const pauses = [1000, 60_000] as const;
const startMilliseconds = 30_000;

export interface CompanionWatchOptions {
  readonly home: DataHome;
  readonly log: Log;
  /** Whether there are endpoints, which the companion looks after. */
  readonly needed: () => boolean;
}

/** Starts the companion again when it was killed. Of one that ends by itself, or makes way for another, nothing is started. */
export interface CompanionWatch {
  /** Looks after this companion from now on; after none where it is undefined. */
  follow(companion: Relaunch | undefined): void;
  /** Process id of the companion that is looked after. */
  follows(): number | undefined;
  stop(): void;
}

export function watchCompanion({ home, log, needed }: CompanionWatchOptions): CompanionWatch {
  let followed: Relaunch | undefined;
  let starting = false;
  let failures = 0;
  let notBefore = 0;

  const look = (): void => {
    if (followed === undefined || starting || Date.now() < notBefore || isAlive(followed.pid)) {
      return;
    }
    const lock = readLock(home.lockFile);
    // A companion that ends says so in its lock file and removes it; another one has written its own.
    if (lock === undefined || lock.endingSince !== undefined || lock.pid !== followed.pid) {
      followed = undefined;
      return;
    }
    if (needed()) {
      starting = true;
      void bringBack(followed).finally(() => {
        starting = false;
      });
    }
  };

  const bringBack = async (companion: Relaunch): Promise<void> => {
    const port = activationPort(home.root);
    const said = await (port === undefined ? startAgain(companion) : connect(port)).catch((error: unknown) => String(error));
    if (said === 'ready' || said === 'already-running') {
      log.info(`the companion (process ${companion.pid}) was killed and is started again`);
      failures = 0;
      return;
    }
    const pause = Math.min(pauses[1], pauses[0] * 2 ** failures);
    failures += 1;
    notBefore = Date.now() + pause;
    log.warn(`the companion was killed and does not start again: ${said || 'it ended at once'}; tried again in ${pause / 1000} s`);
  };

  const timer = setInterval(look, lookMilliseconds);
  return {
    follow: (companion) => {
      followed = companion;
      notBefore = 0;
    },
    follows: () => followed?.pid,
    stop: () => clearInterval(timer),
  };
}

function readLock(file: string): CompanionLock | undefined {
  try {
    return companionLock.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A service starts the companion for whoever connects. */
async function connect(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(startMilliseconds), redirect: 'error' });
  return answer.ok ? 'ready' : `the port of its service answers ${answer.status}`;
}

/** Starts a companion that outlives this process; the data home lets one of them in, whoever starts others. @returns the line that it reports */
function startAgain({ executable, arguments: given, environment }: Relaunch): Promise<string> {
  const child = spawn(executable, given, {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...environment, SLIPWAY_REPORT_FD: '3' },
    windowsHide: true,
  });
  const report = child.stdio[3];
  return new Promise<string>((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error('it did not start in time')), startMilliseconds);
    const settle = (): void => {
      clearTimeout(timer);
      resolve(said.trim());
    };
    child.once('error', reject);
    report?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('\n')) {
        settle();
      }
    });
    report?.once('close', settle);
  }).finally(() => {
    report?.destroy();
    child.unref();
  });
}
