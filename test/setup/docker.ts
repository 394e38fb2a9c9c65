import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, cache, step } from './step.mjs';

/** A container engine that answers. */
export interface Engine {
  /** Ends the engine if this run started it. */
  stop(): Promise<void>;
}

const defaultSocket = '/var/run/docker.sock';

/**
 * Finds a running Docker Engine or Podman (whose socket it then names in DOCKER_HOST); as root on Debian installs and starts one.
 * @throws SetupError that says what is missing.
 */
export async function ensureEngine(): Promise<Engine> {
  const environment = await findEngine();
  if (environment !== undefined) {
    Object.assign(process.env, environment);
    return { stop: () => Promise.resolve() };
  }
  if (!canInstallPackages()) {
    throw new SetupError('no container engine answers: start Docker or Podman, or set DOCKER_HOST');
  }
  await aptInstall(['docker.io', 'iptables', 'ca-certificates']);
  return startEngine();
}

/** `DOCKER_HOST` of an engine that answers, undefined when none does. */
export async function findEngine(): Promise<NodeJS.ProcessEnv | undefined> {
  const named = process.env['DOCKER_HOST'];
  if (named !== undefined && named !== '') {
    return (await answers(named)) ? {} : undefined;
  }
  const runtimeFolder = process.env['XDG_RUNTIME_DIR'];
  const podman = ['/run/podman/podman.sock', ...(runtimeFolder === undefined ? [] : [path.join(runtimeFolder, 'podman/podman.sock')])];
  for (const socket of [defaultSocket, ...podman]) {
    if (await answers(`unix://${socket}`)) {
      return socket === defaultSocket ? {} : { DOCKER_HOST: `unix://${socket}` };
    }
  }
  return undefined;
}

function answers(host: string): Promise<boolean> {
  const target = host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : addressOf(host);
  return new Promise((resolve) => {
    const call = request({ ...target, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => {
      resolve(false);
    });
    call.end();
  });
}

function addressOf(host: string): { host: string; port: number } {
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
  return { host: hostname, port: Number(port === '' ? 2375 : port) };
}

async function startEngine(): Promise<Engine> {
  mkdirSync(cache, { recursive: true });
  const logFile = path.join(cache, 'dockerd.log');
  removeStalePid('/var/run/docker.pid');
  return step('Starting dockerd', async () => {
    const log = openSync(logFile, 'w');
    const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = new Promise<void>((resolve) => {
      daemon.on('exit', () => {
        resolve();
      });
      daemon.on('error', () => {
        resolve();
      });
    });
    const deadline = Date.now() + 60_000;
    while (!(await answers(`unix://${defaultSocket}`))) {
      if (daemon.exitCode !== null || Date.now() > deadline) {
        daemon.kill();
        const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
        throw new SetupError(`dockerd did not start; the end of ${logFile}:\n${tail}`);
      }
      await sleep(200);
    }
    daemon.unref();
    return {
      stop: async () => {
        // Waiting for a process that holds no reference would let this one end before its next suite.
        daemon.ref();
        daemon.kill('SIGTERM');
        await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
        daemon.unref();
      },
    };
  });
}

/** A dockerd that was killed leaves a pid file; it refuses to start when another process has that pid by now. */
function removeStalePid(file: string): void {
  if (!existsSync(file)) {
    return;
  }
  const command = `/proc/${readFileSync(file, 'utf8').trim()}/comm`;
  if (!existsSync(command) || readFileSync(command, 'utf8').trim() !== 'dockerd') {
    rmSync(file);
  }
}
