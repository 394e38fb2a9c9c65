import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run, step } from './step.mjs';

let updated = false;

/** True for root on Debian or a system made from it: set-up may install what is missing. */
export function canInstallPackages(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** True when the package is installed. */
function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout === 'installed';
}

/** Installs those of the packages that are missing; the package index is fetched once a run. */
export async function aptInstall(names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step(`Installing ${missing.join(', ')} (apt-get)`, async () => {
    if (!updated) {
      await run('apt-get', ['update', '-q'], { env });
      updated = true;
    }
    await run('apt-get', ['install', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120', '--no-install-recommends', ...missing], { env });
  });
}
