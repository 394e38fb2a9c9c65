import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, say } from './step.mjs';

/** Finds ssh-keygen; as root on Debian installs it. @returns false when it is not there */
export async function ensureSshKeygen(): Promise<boolean> {
  if (!isInstalled() && canInstallPackages()) {
    try {
      await aptInstall(['openssh-client']);
    } catch (error) {
      if (!(error instanceof SetupError)) {
        throw error;
      }
      // The other tests do without it; its own are left out then, which CI does not let pass.
      say(`  openssh-client cannot be installed: ${error.message}`);
    }
  }
  return isInstalled();
}

/** It has no option that only says its version: without a file it ends with its usage. */
function isInstalled(): boolean {
  return spawnSync('ssh-keygen', ['-?']).error === undefined;
}
