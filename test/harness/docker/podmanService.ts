import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';

export interface PodmanService {
  /** For SLIPWAY_DOCKER_HOST. */
  readonly url: string;
  readonly docker: Docker;
  /** Removes its containers and images and ends it. */
  stop(): Promise<void>;
}

const startMilliseconds = 30_000;

/**
 * Podman's Docker-compatible service on a socket of its own, with storage, networks and configuration of its own: it sees nothing of
 * the user's Podman. It has no init binary, as Podman has where only another package's `tini` is installed.
 */
export async function startPodman(): Promise<PodmanService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-podman-'));
  const inFolder = (name: string): string => path.join(folder, name);
  writeFileSync(inFolder('containers.conf'), configuration(inFolder));
  const socketPath = inFolder('podman.sock');
  const environment = { ...process.env, CONTAINERS_CONF: inFolder('containers.conf') };
  const storage = ['--root', inFolder('storage'), '--runroot', inFolder('run'), '--tmpdir', inFolder('libpod')];
  const service = spawn('podman', [...storage, 'system', 'service', '--time', '0', `unix://${socketPath}`], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  service.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    service.once('error', (error) => {
      said += error.message;
      resolve();
    });
    service.once('exit', () => {
      resolve();
    });
  });
  const docker = new Docker({ socketPath });
  const stop = async (): Promise<void> => {
    for (const { Id: id } of await docker.listContainers({ all: true }).catch(() => [])) {
      await docker.getContainer(id).remove({ force: true }).catch(() => undefined);
    }
    service.kill('SIGTERM');
    await ended;
    removeStorage(folder, environment);
  };
  const deadline = Date.now() + startMilliseconds;
  while (!(await docker.ping().then(() => true, () => false))) {
    if (service.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Podman's service did not start: ${said}`);
    }
    await sleep(100);
  }
  return { url: `unix://${socketPath}`, docker, stop };
}

function configuration(inFolder: (name: string) => string): string {
  // Without systemd nobody else makes control groups; without the right to raise limits, as in a container, Podman's own are refused.
  const withoutSystemd = existsSync('/run/systemd/system') ? '' : 'cgroup_manager = "cgroupfs"\nevents_logger = "file"\n';
  return `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
init_path = "${inFolder('no-init')}"
[network]
network_config_dir = "${inFolder('networks')}"
default_subnet = "10.213.77.0/24"
[engine]
${withoutSystemd}`;
}

/** Root's Podman mounts its storage onto itself; another user's has files of users that only Podman's namespace may remove. */
function removeStorage(folder: string, env: NodeJS.ProcessEnv): void {
  const quietly = (command: string, ...args: string[]): void => {
    try {
      execFileSync(command, args, { env, stdio: 'ignore' });
    } catch {
      // Nothing to do; what cannot be removed shows below.
    }
  };
  if (process.getuid?.() === 0) {
    quietly('umount', path.join(folder, 'storage', 'overlay'));
  } else {
    quietly('podman', 'unshare', 'rm', '-rf', folder);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
