import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, say } from './step.mjs';

/** Finds Podman, whose service runs on Linux alone. @returns false when it is not there */
export async function ensurePodman(): Promise<boolean> {
  return process.platform === 'linux' && (await findOrInstall(['podman', 'netavark', 'iptables'], () => saysVersion('podman')));
}

/** Finds a registry of images that can be started. @returns false when there is none */
export function ensureImageRegistry(): Promise<boolean> {
  return findOrInstall(['docker-registry'], () => saysVersion('docker-registry'));
}

/** Finds Prometheus and its promtool. @returns false when they are not there */
export function ensurePrometheus(): Promise<boolean> {
  return findOrInstall(['prometheus'], () => saysVersion('prometheus') && saysVersion('promtool'));
}

/** Finds ssh-keygen, which has no option that only says its version: without a file it ends with its usage. @returns false when it is not there */
export function ensureSshKeygen(): Promise<boolean> {
  return findOrInstall(['openssh-client'], () => spawnSync('ssh-keygen', ['-?']).error === undefined);
}

function saysVersion(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Looks for programs and, as root on Debian, installs the packages that have them. */
async function findOrInstall(packages: readonly [string, ...string[]], isThere: () => boolean): Promise<boolean> {
  if (!isThere() && canInstallPackages()) {
    try {
      await aptInstall(packages);
    } catch (error) {
      if (!(error instanceof SetupError)) {
        throw error;
      }
      // The other tests do without them; their own are left out then, which CI does not let pass.
      say(`  ${packages[0]} cannot be installed: ${error.message}`);
    }
  }
  return isThere();
}
