import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Settings } from '../../contract/settings.ts';
import { Problem, systemErrorCode } from '../../platform/errors.ts';

/** How the engine is reached; the options of `http.request` and of dockerode. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly protocol: 'http' | 'https'; readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };

/** A container engine that answers. */
export interface Engine {
  readonly docker: Docker;
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
  /** Such as `amd64`. */
  readonly architecture: string;
  readonly address: EngineAddress;
  /** Where it was found, for people, such as `unix:///var/run/docker.sock`. */
  readonly url: string;
}

export interface EngineStatus {
  readonly available: boolean;
  /** Engine and version when available; else why not and what to do. */
  readonly detail: string;
}

type EngineSettings = Pick<Settings, 'dockerHost'>;

/** An engine that is busy takes its time: Podman's answers wait for the image store while an image is built. */
const patienceMilliseconds = 10_000;

/** Where engines listen when neither the setting nor DOCKER_HOST says it, the likeliest first. */
function usualSockets(): string[] {
  if (process.platform === 'win32') {
    return ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/podman-machine-default'];
  }
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [path.join(runtime, 'docker.sock'), path.join(runtime, 'podman/podman.sock')]),
    path.join(homedir(), '.docker/run/docker.sock'),
    path.join(homedir(), '.colima/default/docker.sock'),
    path.join(homedir(), '.rd/docker.sock'),
    '/run/podman/podman.sock',
  ].map((socket) => `unix://${socket}`);
}

function parseHost(url: string): EngineAddress {
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(url)?.[1];
  if (socket !== undefined) {
    return { socketPath: socket };
  }
  const match = /^(tcp|https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(url);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new Problem('invalid-input', `"${url}" is no address of a container engine that can be used.`, {
      field: 'dockerHost',
      remedy: 'Use unix:///path, tcp://host:port or npipe:////./pipe/name; for ssh, forward the socket with ssh -L.',
    });
  }
  const secure = match[1] === 'https' || (process.env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  return {
    host: match[2].replace(/^\[|\]$/g, ''),
    port: Number(match[3] ?? (secure ? 2376 : 2375)),
    protocol: secure ? 'https' : 'http',
    ...(secure ? certificates() : {}),
  };
}

/** The client certificate of DOCKER_CERT_PATH, as the docker command reads it. */
function certificates(): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const folder = process.env['DOCKER_CERT_PATH'] ?? path.join(homedir(), '.docker');
  const read = (name: string): Buffer | undefined => (existsSync(path.join(folder, name)) ? readFileSync(path.join(folder, name)) : undefined);
  const [ca, cert, key] = [read('ca.pem'), read('cert.pem'), read('key.pem')];
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

function refusal(url: string, error: unknown): string {
  switch (systemErrorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `You may not use ${url}. Add your user to the group "docker" and log in again, or use rootless Docker or Podman.`;
    case 'ECONNREFUSED':
      return `Nothing answers at ${url}. Start Docker or Podman.`;
    case 'ENOENT':
      return `There is no socket at ${url}. Start Docker or Podman, or correct slipway.dockerHost.`;
    default:
      return `The engine at ${url} does not answer: ${error instanceof Error ? error.message : String(error)}. Start Docker or Podman.`;
  }
}

async function connect(url: string): Promise<Engine> {
  const address = parseHost(url);
  // Loaded when first needed: it is large, and many never use an engine.
  const { default: Dockerode } = await import('dockerode');
  const version = await new Dockerode({ ...address, timeout: patienceMilliseconds }).version();
  const podman = version.Components?.some(({ Name: name }) => /podman/i.test(name)) ?? false;
  return {
    docker: new Dockerode({ ...address }),
    kind: podman ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    architecture: version.Arch,
    address,
    url,
  };
}

/**
 * Connects to Docker Engine or Podman: the setting, else DOCKER_HOST, else the first of the usual sockets that answers.
 * @throws Problem `unavailable` that says why there is none and what to do
 */
export async function connectEngine(settings: EngineSettings): Promise<Engine> {
  const named = settings.dockerHost !== '' ? settings.dockerHost : process.env['DOCKER_HOST'];
  const candidates = named !== undefined && named !== '' ? [named] : usualSockets();
  let reason: string | undefined;
  for (const url of candidates) {
    const usual = candidates.length > 1;
    if (usual && url.startsWith('unix://') && !existsSync(url.slice('unix://'.length))) {
      continue;
    }
    try {
      return await connect(url);
    } catch (error) {
      if (Problem.is(error)) {
        throw error;
      }
      reason ??= usual && systemErrorCode(error) === 'ENOENT' ? undefined : refusal(url, error);
    }
  }
  throw new Problem('unavailable', reason ?? 'No container engine was found: neither Docker nor Podman has a socket here.', {
    remedy: 'Start one, name it with slipway.dockerHost, or deploy to a target that needs none.',
  });
}

/** Whether an engine answers, for people. */
export async function engineStatus(settings: EngineSettings): Promise<EngineStatus> {
  try {
    const { kind, version, url } = await connectEngine(settings);
    return { available: true, detail: `${kind === 'podman' ? 'Podman' : 'Docker Engine'} ${version} at ${url}` };
  } catch (error) {
    if (!Problem.is(error)) {
      throw error;
    }
    return { available: false, detail: error.message };
  }
}
