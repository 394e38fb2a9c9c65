import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, say } from './step.mjs';

/** Finds a registry of images that can be started; as root on Debian installs it. @returns false when there is none */
export async function ensureImageRegistry(): Promise<boolean> {
  if (!isInstalled() && canInstallPackages()) {
    try {
      await aptInstall(['docker-registry']);
    } catch (error) {
      if (!(error instanceof SetupError)) {
        throw error;
      }
      // The other tests with containers do without it; its own are left out then, which CI does not let pass.
      say(`  docker-registry cannot be installed: ${error.message}`);
    }
  }
  return isInstalled();
}

function isInstalled(): boolean {
  return spawnSync('docker-registry', ['--version']).status === 0;
}
