import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError, run, step } from './step.mjs';

let updated = false;

/** apt knows one at a time; what is prepared side by side waits here for its turn. */
let turn: Promise<unknown> = Promise.resolve();

/** How long another apt, such as the unattended upgrades of a machine that has just started, is waited for. */
const lockSeconds = 180;

/** True for root on Debian or a system made from it: set-up may install what is missing. */
export function canInstallPackages(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** True when the package is installed. */
function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout === 'installed';
}

/** Installs those of the packages that are missing, one call after the other; the package index is fetched once a run. */
export function aptInstall(names: readonly string[]): Promise<void> {
  const installed = turn.then(() => install(names));
  turn = installed.catch(() => undefined);
  return installed;
}

async function install(names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    return;
  }
  await step(`Installing ${missing.join(', ')} (apt-get)`, async () => {
    if (!updated) {
      await aptGet(['update', '-q']);
      updated = true;
    }
    await aptGet(['install', '-q', '-y', '--no-install-recommends', ...missing]);
  });
}

/** apt waits for dpkg's lock by itself, but fails at once where another apt holds those of its index or its downloads. */
async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const deadline = Date.now() + lockSeconds * 1000;
  for (;;) {
    try {
      await run('apt-get', ['-o', `DPkg::Lock::Timeout=${lockSeconds}`, '-o', 'Acquire::Retries=3', ...args], { env });
      return;
    } catch (error) {
      if (!(error instanceof SetupError && error.message.includes('Could not get lock')) || Date.now() > deadline) {
        throw error;
      }
      await sleep(2000);
    }
  }
}
