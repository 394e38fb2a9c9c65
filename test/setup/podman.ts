import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, say } from './step.mjs';

/** Finds Podman; as root on Debian installs it. @returns false when there is none, or none whose service runs on this machine itself */
export async function ensurePodman(): Promise<boolean> {
  if (process.platform !== 'linux') {
    return false;
  }
  if (!isInstalled() && canInstallPackages()) {
    try {
      await aptInstall(['podman', 'netavark', 'iptables']);
    } catch (error) {
      if (!(error instanceof SetupError)) {
        throw error;
      }
      // The other tests with containers do without it; its own are left out then, which CI does not let pass.
      say(`  Podman cannot be installed: ${error.message}`);
    }
  }
  return isInstalled();
}

function isInstalled(): boolean {
  return spawnSync('podman', ['--version']).status === 0;
}
