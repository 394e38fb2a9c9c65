import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionLock } from '../contract/companion.ts';
import { localCaller } from '../platform/caller.ts';
import { createCompanionClient, type CompanionClient } from '../client/companionClient.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { isAlive } from '../platform/processEnd.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { discoverCompanion, readCompanionLock } from '../client/discover.ts';
import { ensureCompanion } from '../client/start.ts';
import { entry, packageManifest } from '../platform/resources.ts';

export function slipwayVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageManifest, 'utf8'))).version;
}

/** The companion of the data home, started if none answers. */
export function connect(options: { readonly port?: number } = {}): Promise<CompanionClient> {
  return ensureCompanion({ home: dataHomePath(), entry: entry('main.ts', 'companion.mjs'), version: slipwayVersion(), caller: localCaller('command line'), ...options });
}

/** Speaks to a companion as the command line. */
export function clientOf(lock: CompanionLock): CompanionClient {
  return createCompanionClient(lock, localCaller('command line'));
}

/**
 * The running companion; none is started.
 * @throws CallFailure `unreachable`, also for one that is ending
 */
export async function connectToRunning(): Promise<CompanionClient> {
  const lock = await discoverCompanion(dataHomePath());
  if (lock === undefined) {
    const ending = await readCompanionLock(dataHomePath());
    if (ending?.endingSince !== undefined && isAlive(ending.pid)) {
      throw new CallFailure('unreachable', `The companion (process ${ending.pid}) is ending, since ${formatDuration(Date.now() - ending.endingSince)}.`, {
        remedy: '"slipway serve" waits for its end and starts another; "slipway stop" ends it whatever it does.',
      });
    }
    throw new CallFailure('unreachable', 'No companion is running.', { remedy: 'Start one with "slipway serve".' });
  }
  return clientOf(lock);
}
