import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Container, ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import type { EnvironmentLock, Release } from '../../../contract/releases.ts';
import type { ServingConfig } from '../../../contract/servingConfig.ts';
import { Problem } from '../../../platform/errors.ts';
import { engineMessage, statusOf } from '../../../releases/images/baseImage.ts';
import { closedEntrypoint, containerPort, keyVariable } from '../../../releases/images/dockerfiles.ts';
import type { Engine } from '../../../releases/images/engine.ts';
import type { Progress } from '../../replicas/ports.ts';
import type { ReplicaRecord } from '../../replicas/replicaTable.ts';
import { demultiplex } from './containerLog.ts';
import { lastLines, splitLines } from '../lastLines.ts';
import type { FoundReplica, Observation, ReplicaSpec, Started, TargetOperations, TargetStatus } from '../target.ts';

export interface DockerTargetOptions {
  /** Folder for what containers wrote that are gone. */
  readonly folder: string;
  /** The data home: containers of another one are never touched. */
  readonly home: string;
  /** @throws Problem `unavailable` when no engine answers */
  readonly connect: () => Promise<Engine>;
  readonly status: () => Promise<TargetStatus>;
  /** Builds the image of a release, if the engine does not have it. */
  readonly ensureImage: (engine: Engine, release: Release, progress: Progress, signal: AbortSignal) => Promise<{ image: string }>;
  /** Whether the engine has the environment image of a lock. */
  readonly hasEnvironment: (engine: Engine, lock: EnvironmentLock, signal: AbortSignal) => Promise<boolean>;
}

const host = '127.0.0.1';
const stopSeconds = 10;
const savedLines = 2000;
const temporaryBytes = 512 * 1024 * 1024;
const mostProcesses = 1024;

/** What engines call the processors of which `slipway_cage` knows the system calls. */
const filtered: ReadonlySet<string> = new Set(['amd64', 'x86_64', 'arm64', 'aarch64']);

/** Labels that say whose container it is. */
export function containerLabels(home: string, spec: Pick<ReplicaSpec, 'id' | 'endpoint'>, release: string): Record<string, string> {
  return { 'slipway.home': homeLabel(home), 'slipway.endpoint': spec.endpoint, 'slipway.replica': spec.id, 'slipway.release': release };
}

export function homeLabel(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}

/** What a container may do: nothing but serve. It cannot write outside of `/tmp`, gain privileges or start itself again. */
function hostConfig(serving: ServingConfig): NonNullable<ContainerCreateOptions['HostConfig']> {
  const bytes = serving.memoryMegabytes === undefined ? undefined : serving.memoryMegabytes * 1024 * 1024;
  return {
    PortBindings: { [`${containerPort}/tcp`]: [{ HostIp: host, HostPort: '' }] },
    ReadonlyRootfs: true,
    Tmpfs: { '/tmp': `rw,nosuid,nodev,size=${temporaryBytes},mode=1777` },
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Init: true,
    PidsLimit: mostProcesses,
    RestartPolicy: { Name: 'no' },
    ...(bytes === undefined ? {} : { Memory: bytes, MemorySwap: bytes }),
    ...(serving.cpus === undefined ? {} : { NanoCpus: Math.round(serving.cpus * 1e9) }),
  };
}

/** Creates a container with an init process, or without one where Podman was installed without its own: the model server ends on SIGTERM too. */
async function createConfined(docker: Docker, options: ContainerCreateOptions): Promise<Container> {
  try {
    return await docker.createContainer(options);
  } catch (error) {
    if (!/container-init|init binary|catatonit/i.test(engineMessage(error))) {
      throw error;
    }
    return docker.createContainer({ ...options, HostConfig: { ...options.HostConfig, Init: false } });
  }
}

/** Where a running container answers: the engine chose the port. */
function addressesOf({ NetworkSettings: network }: ContainerInspectInfo): string[] {
  // Null for a container that has ended.
  const published = network.Ports[`${containerPort}/tcp`] ?? [];
  return published.map(({ HostPort: port }) => `${host}:${port}`);
}

/** Why a container has ended, where the engine knows more than its exit code. */
function reasonOf({ State: state, HostConfig: { Memory: bytes = 0 } }: ContainerInspectInfo): string {
  if (state.OOMKilled) {
    return bytes === 0 ? ', out of memory' : `, out of memory: its limit is ${bytes / 1024 / 1024} megabytes; deploy it with more (--memory), or raise the setting replicaMemoryMegabytes`;
  }
  return state.Error === '' ? '' : `: ${state.Error}`;
}

/** Replicas as containers of Docker Engine or Podman, one per replica, published on a port of 127.0.0.1 that the engine chooses. */
export function createDockerTarget(options: DockerTargetOptions): TargetOperations {
  const nameOf = (id: string): string => `slipway-${homeLabel(options.home)}-${id}`;
  const logFile = (id: string): string => path.join(options.folder, `${id}.log`);

  const inspect = async (container: Container): Promise<ContainerInspectInfo | undefined> => {
    try {
      return await container.inspect();
    } catch (error) {
      if (statusOf(error) === 404) {
        return undefined;
      }
      throw error;
    }
  };

  const containerOf = async (replica: Pick<ReplicaRecord, 'id'>): Promise<Container> => (await options.connect()).docker.getContainer(nameOf(replica.id));

  const readLog = async (container: Container, lines: number): Promise<string[]> => {
    const raw = await container.logs({ stdout: true, stderr: true, tail: lines, follow: false });
    return splitLines(demultiplex(raw), lines);
  };

  /** Removes a container; what it wrote is kept in a file. */
  const remove = async (id: string, container: Container): Promise<void> => {
    const lines = await readLog(container, savedLines).catch(() => []);
    if (lines.length > 0) {
      await writeFile(logFile(id), `${lines.join('\n')}\n`, { mode: 0o600 });
    }
    await container.remove({ force: true, v: true }).catch((error: unknown) => {
      // 409: somebody is removing it already.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) {
        throw error;
      }
    });
  };

  const observe = async (replica: ReplicaRecord): Promise<Observation> => {
    const found = await inspect(await containerOf(replica));
    if (found === undefined || (replica.handle !== undefined && found.Id !== replica.handle)) {
      return { running: false, detail: 'its container is gone' };
    }
    const addresses = addressesOf(found);
    if (found.State.Running && addresses.length > 0) {
      return { running: true, started: { handle: found.Id, addresses } };
    }
    return { running: false, detail: `its container ended with exit code ${found.State.ExitCode}${reasonOf(found)}` };
  };

  const start = async (spec: ReplicaSpec): Promise<Started> => {
    const { docker, architecture } = await options.connect();
    const existing = docker.getContainer(nameOf(spec.id));
    if ((await inspect(existing)) !== undefined) {
      await remove(spec.id, existing);
    }
    const container = await createConfined(docker, {
      name: nameOf(spec.id),
      Image: spec.environment,
      Labels: containerLabels(options.home, spec, spec.release.digest),
      Env: Object.entries({ ...spec.release.serving.environment, ...spec.secrets, [keyVariable]: spec.key, ...(spec.scoresBatches === true ? { SLIPWAY_BATCHES: '1' } : {}) }).map(([name, value]) => `${name}=${value}`),
      // The check of the image would be a process outside of the filter; the companion looks itself.
      ...(spec.release.serving.allowedNetwork === true || !filtered.has(architecture) ? {} : { Entrypoint: [...closedEntrypoint], Healthcheck: { Test: ['NONE'] } }),
      ExposedPorts: { [`${containerPort}/tcp`]: {} },
      // A quarter of what others get where processors are short.
      HostConfig: { ...hostConfig(spec.release.serving), ...(spec.scoresBatches === true ? { CpuShares: 256 } : {}) },
    });
    try {
      await container.start();
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => undefined);
      throw new Problem('unavailable', `The container cannot be started: ${engineMessage(error)}`, { cause: error });
    }
    return { handle: container.id, addresses: addressesOf(await container.inspect()) };
  };

  const halt = async (id: string, container: Container): Promise<void> => {
    await container.stop({ t: stopSeconds }).catch((error: unknown) => {
      // 304: it has stopped already.
      if (statusOf(error) !== 304 && statusOf(error) !== 404) {
        throw error;
      }
    });
    await remove(id, container);
  };
  const forget = (replica: Pick<ReplicaRecord, 'id'>): Promise<void> => rm(logFile(replica.id), { force: true });

  return {
    status: options.status,
    async isolationOf({ serving }) {
      const { architecture } = await options.connect();
      if (serving.allowedNetwork === true) {
        return 'Container: no access to your files; the network is open to it';
      }
      return filtered.has(architecture) ? 'Container: no access to your files and no network' : `Container: no access to your files; the network cannot be closed on ${architecture}`;
    },
    prepare: async (release, progress, signal) => (await options.ensureImage(await options.connect(), release, progress, signal)).image,
    hasEnvironment: async (lock, signal) => options.hasEnvironment(await options.connect(), lock, signal),
    start,
    observe,
    async stop(replica) {
      const container = await containerOf(replica);
      if ((await inspect(container)) === undefined) {
        return;
      }
      await halt(replica.id, container);
    },
    async logs(replica, lines) {
      const container = await containerOf(replica).catch(() => undefined);
      const found = container === undefined ? undefined : await inspect(container).catch(() => undefined);
      return container === undefined || found === undefined ? lastLines(logFile(replica.id), lines) : readLog(container, lines);
    },
    forget,
    async endUnknown(isKnown) {
      const { docker } = await options.connect();
      const containers = await docker.listContainers({ all: true, filters: { label: [`slipway.home=${homeLabel(options.home)}`, 'slipway.replica'] } });
      const ended: FoundReplica[] = [];
      for (const { Id: handle, Labels: labels } of containers) {
        const found = { id: labels['slipway.replica'] ?? '', handle };
        if (!isKnown(found)) {
          await halt(found.id, docker.getContainer(handle));
          await forget(found);
          ended.push(found);
        }
      }
      return ended;
    },
  };
}
