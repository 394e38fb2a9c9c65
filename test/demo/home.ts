import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { waitForEnd } from '../../server/platform/processEnd.ts';
import type { Settings } from '../../server/contract/settings.ts';
import { cache } from '../setup/step.mjs';

/** The demo's own data home, beside the user's. */
export const demoHome = path.join(cache, 'demo', 'home');

/** What later demos go on using: environments that were built for a lock, and their resolution. */
const kept = new Set(['environments', 'token']);

/** Ends what an earlier demo left up and clears its records, so that the first model version is version 1 again. */
export async function freshHome(): Promise<string> {
  await stopCompanion(demoHome);
  mkdirSync(demoHome, { recursive: true });
  for (const name of readdirSync(demoHome)) {
    if (!kept.has(name)) {
      rmSync(path.join(demoHome, name), { recursive: true, force: true });
    }
  }
  return demoHome;
}

/** Ends the companion of a home together with its endpoints and gateway. */
export async function stopCompanion(home: string): Promise<void> {
  const lock = await discoverCompanion(home);
  if (lock === undefined) {
    return;
  }
  await createCompanionClient(lock).call('shutDown', { reason: 'demo', stopEndpoints: true });
  await waitForEnd(lock.pid, 60_000);
}

/** Writes the settings that the next companion of the demo starts with. */
export function writeSettings(settings: Partial<Settings>): void {
  writeFileSync(path.join(demoHome, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
}
