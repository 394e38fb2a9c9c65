import { readFileSync, rmSync } from 'node:fs';
import type { CompanionLock } from '../contract/companion.ts';
import { CallFailure } from '../client/callFailure.ts';
import { discoverCompanion, readCompanionLock } from '../client/discover.ts';
import { dataHomePath, lockFilePath } from '../platform/dataHome.ts';
import { replaceFile } from '../platform/home.ts';
import { isHeld } from '../platform/exclusiveHome.ts';
import { isAlive, waitForEnd } from '../platform/processEnd.ts';
import { readTiming } from '../platform/timing.ts';
import { clientOf, connect } from './connection.ts';

/** A companion that is too busy to take the request is not asked for longer; it is waited for all the same. */
const askMilliseconds = 5000;
/** Endpoints that stop with it take their drain, and what the companion gives them beyond. */
const endpointsMilliseconds = 60_000;
/** The system takes a moment to clear a killed process away. */
const clearMilliseconds = 5000;

/** How a companion came to its end: by itself, or killed because it did not in time. */
export type Stopped = { readonly how: 'not-running' } | { readonly how: 'ended' | 'killed' | 'remains'; readonly pid: number };

/**
 * Ends the companion of the data home and waits until it is gone; one that does not end in time is killed.
 * @param endpoints whether they stop with it, for which a companion is started if none runs
 * @throws CallFailure `unavailable` when a process has the data home and nothing names it
 */
export async function stopCompanion({ reason, endpoints }: { readonly reason: string; readonly endpoints: boolean }): Promise<Stopped> {
  const home = dataHomePath();
  const answering = await discoverCompanion(home);
  const client = answering !== undefined ? clientOf(answering) : endpoints && !isHeld(home) ? await connect() : undefined;
  const pid = client?.lock.pid ?? (await pidOfHolder(home));
  if (pid === undefined) {
    return { how: 'not-running' };
  }
  await client?.call('shutDown', { reason, stopEndpoints: endpoints }, AbortSignal.timeout(askMilliseconds)).catch((error: unknown) => {
    if (!CallFailure.is(error, 'unreachable') && !CallFailure.is(error, 'aborted')) {
      throw error;
    }
  });
  const { kill } = readTiming(process.env['SLIPWAY_TIMING']);
  if (await waitForEnd(pid, kill + (endpoints ? endpointsMilliseconds : 0))) {
    return { how: 'ended', pid };
  }
  await announceEnd(home, pid);
  process.kill(pid, 'SIGKILL');
  if (!(await waitForEnd(pid, clearMilliseconds))) {
    return { how: 'remains', pid };
  }
  rmSync(lockFilePath(home), { force: true });
  return { how: 'killed', pid };
}

/** Says in its stead that it ends, so that the gateway does not take it for one that is to be started again. */
async function announceEnd(home: string, pid: number): Promise<void> {
  const lock = await readCompanionLock(home);
  if (lock?.pid === pid && lock.endingSince === undefined) {
    replaceFile(lockFilePath(home), `${JSON.stringify({ ...lock, endingSince: Date.now() } satisfies CompanionLock)}\n`);
  }
}

/**
 * Ends the companion of the data home before its files are changed.
 * @returns whether one ran
 * @throws CallFailure `unavailable` when it cannot be ended
 */
export async function makeRoom(reason: string): Promise<boolean> {
  const stopped = await stopCompanion({ reason, endpoints: false });
  if (stopped.how === 'remains') {
    throw new CallFailure('unavailable', `${describeStop(stopped)} Everything is as it was.`);
  }
  return stopped.how !== 'not-running';
}

/** What came of it, for people. */
export function describeStop(result: Stopped): string {
  switch (result.how) {
    case 'not-running':
      return 'No companion is running.';
    case 'ended':
      return 'Companion stopped.';
    case 'killed':
      return `The companion (process ${result.pid}) did not end in time and was killed; nothing that it had acknowledged is lost.`;
    case 'remains':
      return `The companion (process ${result.pid}) cannot be killed: the system waits for a disk or device on its behalf.`;
  }
}

/** The companion that has the data home although it does not answer, or is about to end; undefined when nobody has it. */
async function pidOfHolder(home: string): Promise<number | undefined> {
  if (!isHeld(home)) {
    return undefined;
  }
  const lock = await readCompanionLock(home);
  if (lock !== undefined && isAlive(lock.pid) && isCompanion(lock.pid)) {
    return lock.pid;
  }
  if (!isHeld(home)) {
    return undefined;
  }
  throw new CallFailure('unavailable', `A process has the data home ${home}, and no file names it: a companion that has just been started, or another program.`, {
    remedy: 'Try again in a moment.',
  });
}

/** False for a process that got the id of a companion that is gone, where the system tells. */
function isCompanion(pid: number): boolean {
  try {
    return /companion\.mjs|server\/main\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return true;
  }
}
