import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, say } from './step.mjs';

/** Finds Prometheus and its promtool; as root on Debian installs them. @returns false when they are not there */
export async function ensurePrometheus(): Promise<boolean> {
  if (!isInstalled() && canInstallPackages()) {
    try {
      await aptInstall(['prometheus']);
    } catch (error) {
      if (!(error instanceof SetupError)) {
        throw error;
      }
      // The other tests do without it; its own are left out then, which CI does not let pass.
      say(`  prometheus cannot be installed: ${error.message}`);
    }
  }
  return isInstalled();
}

function isInstalled(): boolean {
  return ['prometheus', 'promtool'].every((program) => spawnSync(program, ['--version']).status === 0);
}
