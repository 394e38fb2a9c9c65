import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pollWithin } from '../platform/time/poll.ts';
import type { Caller } from '../contract/caller.ts';
import type { CompanionLock } from '../contract/companion.ts';
import { errorBody } from '../contract/errors.ts';
import { CallFailure } from './callFailure.ts';
import { createCompanionClient, type CompanionClient } from './companionClient.ts';
import { discoverCompanion, readCompanionLock } from './discover.ts';
import { environmentFor } from '../platform/environment.ts';
import { isAlive, waitForEnd } from '../platform/processEnd.ts';
import { activationPort } from '../platform/activation.ts';
import { isNewer } from '../platform/versions.ts';
import { findRuntime } from './runtime.ts';

export interface StartOptions {
  readonly home: string;
  /** The companion's entry: `dist/companion.mjs`, or `server/main.ts` in development. */
  readonly entry: string;
  /** Version of the caller; an older companion is asked to make way. */
  readonly version: string;
  /** Wanted port; without it the last one, or any free one. */
  readonly port?: number;
  /** Beside what the companion gets of this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Who asks, of all that is called through the client. */
  readonly caller?: Caller;
}

const startTimeoutMilliseconds = 30_000;

/**
 * The running companion of a data home, started if none answers. Safe to call from several processes at once: the companion itself
 * makes sure that only one lives per data home.
 * @throws CallFailure `start-failed` with what the companion said, or `aborted`
 */
export async function ensureCompanion(options: StartOptions): Promise<CompanionClient> {
  const running = await discoverCompanion(options.home);
  if (running !== undefined && !isNewer(options.version, running.version)) {
    return createCompanionClient(running, options.caller);
  }
  if (running !== undefined) {
    await replaceOlder(running, options);
  }
  const started = options.port === undefined ? await startedByService(options) : undefined;
  if (started !== undefined) {
    return createCompanionClient(started, options.caller);
  }
  const deadline = Date.now() + startTimeoutMilliseconds;
  while (Date.now() < deadline) {
    await launch(options);
    const found = await waitUntilFound(options);
    if (found !== undefined) {
      return createCompanionClient(found, options.caller);
    }
    // A companion that was about to end still held the data home.
  }
  const holder = await readCompanionLock(options.home);
  if (holder !== undefined && isAlive(holder.pid)) {
    const how = holder.endingSince === undefined ? 'does not answer' : 'does not come to its end';
    throw new CallFailure('start-failed', `The companion (process ${holder.pid}) has the data home and ${how}.`, { remedy: 'Run "slipway stop", which ends it whatever it does, then try again.' });
  }
  throw new CallFailure('start-failed', 'The companion started but does not answer.', { remedy: logRemedy(options.home) });
}

/**
 * The companion that a service starts because somebody connects to its port; undefined where there is no such service. One that was started beside it
 * would find the port taken.
 */
async function startedByService(options: StartOptions): Promise<CompanionLock | undefined> {
  const port = activationPort(options.home);
  if (port === undefined) {
    return undefined;
  }
  const answered = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(startTimeoutMilliseconds), redirect: 'error' }).then((answer) => answer.ok, () => false);
  return answered ? discoverCompanion(options.home) : undefined;
}

async function replaceOlder(running: CompanionLock, options: StartOptions): Promise<void> {
  await createCompanionClient(running, options.caller).call('shutDown', { reason: `replaced by ${options.version}` }, options.signal);
  if (!(await waitForEnd(running.pid, startTimeoutMilliseconds))) {
    throw new CallFailure('start-failed', `The older companion (${running.version}, process ${running.pid}) does not end.`, {
      remedy: 'Run "slipway stop", then try again.',
    });
  }
}

/** Spawns the companion detached, with those variables of this process that it is to have. It reports on descriptor 3: one line, `ready` or an error body. */
async function launch(options: StartOptions): Promise<void> {
  const packageRoot = path.resolve(path.dirname(options.entry), '..');
  const { executable, environment } = findRuntime(packageRoot);
  const port = options.port === undefined ? {} : { SLIPWAY_PORT: String(options.port) };
  const child = spawn(executable, [options.entry], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...codeCache(options.home), ...environmentFor('companion'), ...environment, ...options.environment, ...port, SLIPWAY_HOME: options.home, SLIPWAY_REPORT_FD: '3' },
    windowsHide: true,
  });
  const report = child.stdio[3];
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => finish(new CallFailure('start-failed', 'The companion did not start in time.', { remedy: logRemedy(options.home) })), startTimeoutMilliseconds);
    const abort = (): void => finish(new CallFailure('aborted', 'Cancelled.'));
    const finish = (failure?: CallFailure): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      if (report !== null && report !== undefined) {
        report.removeAllListeners();
        report.destroy();
      }
      child.unref();
      if (failure === undefined) {
        resolve();
      } else {
        reject(failure);
      }
    };
    options.signal?.addEventListener('abort', abort);
    child.once('error', (cause) => finish(new CallFailure('start-failed', `${executable} cannot be run.`, { cause })));
    child.once('exit', () => {
      // The report may still be in the pipe when the exit is seen.
      setTimeout(() => finish(failureOfReport(said, options.home)), 50);
    });
    report?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('\n')) {
        finish(said.startsWith('ready') ? undefined : failureOfReport(said, options.home));
      }
    });
  });
}

/** Lets Node keep compiled code in the data home (https://nodejs.org/api/module.html#module-compile-cache): later starts take half the time. */
function codeCache(home: string): NodeJS.ProcessEnv {
  try {
    // Before Node makes it, which would let everyone read it.
    const folder = path.join(home, 'cache', 'code');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { NODE_COMPILE_CACHE: folder };
  } catch {
    // The companion says what is wrong with the home.
    return {};
  }
}

function failureOfReport(said: string, home: string): CallFailure | undefined {
  if (said.startsWith('ready') || said.startsWith('already-running')) {
    return undefined;
  }
  try {
    const { message, field, remedy } = errorBody.parse(JSON.parse(said)).error;
    return new CallFailure('start-failed', message, { field, remedy });
  } catch (cause) {
    return new CallFailure('start-failed', 'The companion ended while it started.', { remedy: logRemedy(home), cause });
  }
}

function logRemedy(home: string): string {
  return `See ${path.join(home, 'logs', 'companion.log')}.`;
}

const foundMilliseconds = 3000;

/** Another process may have won the start: its lock file appears a moment later. Undefined when none appears. */
async function waitUntilFound(options: StartOptions): Promise<CompanionLock | undefined> {
  const look = async (): Promise<CompanionLock | undefined> => {
    const lock = await discoverCompanion(options.home);
    if (lock === undefined && options.signal?.aborted === true) {
      throw new CallFailure('aborted', 'Cancelled.');
    }
    return lock;
  };
  return pollWithin(foundMilliseconds, look, { every: 25 });
}
