import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { decodeTrace } from './buildTrace.ts';
import { cancelled } from '../../platform/command.ts';
import type { Engine } from './engine.ts';

export interface BuildRequest {
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildKit: boolean;
  readonly signal: AbortSignal;
  /** Called for each line that the build writes. */
  readonly onLine: (line: string) => void;
}

const buildEvent = z.looseObject({
  id: z.string().optional(),
  aux: z.unknown().optional(),
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.looseObject({ message: z.string().optional() }).optional(),
});

/** Whether the engine builds with BuildKit when asked: Docker does from API 1.40 on, Podman builds with Buildah. */
export function hasBuildKit({ kind, apiVersion }: Pick<Engine, 'kind' | 'apiVersion'>): boolean {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  return kind === 'docker' && (major > 1 || minor >= 40);
}

/** Whether a step of a build can mount the context instead of copying it: BuildKit can, and Buildah in Podman from 4 on. */
export function canMountContext(engine: Pick<Engine, 'kind' | 'apiVersion' | 'version'>): boolean {
  return hasBuildKit(engine) || (engine.kind === 'podman' && Number(engine.version.split('.')[0]) >= 4);
}

/**
 * Builds an image from a context without network. The request is made here instead of by dockerode: with BuildKit that opens a gRPC
 * session, which serves registry logins alone, and base images are pulled before; and it does not end when a build is cancelled.
 * @throws Problem with the last error of the build
 */
export async function buildImage(engine: Engine, context: Readable, request: BuildRequest): Promise<void> {
  const { tag, labels, buildKit, signal, onLine } = request;
  const query = new URLSearchParams({
    t: tag,
    labels: JSON.stringify(labels),
    networkmode: 'none',
    rm: '1',
    forcerm: '1',
    ...(buildKit ? { version: '2' } : {}),
    // Podman would keep an image without a name for every line of the Dockerfile.
    ...(engine.kind === 'podman' ? { layers: 'false' } : {}),
  });
  const response = await send(engine, `/build?${query.toString()}`, context, signal);
  if (response.statusCode !== 200) {
    throw buildProblem(tag, await readText(response).catch(() => ''));
  }
  let failure: string | undefined;
  const read = (line: string): void => {
    const { id, aux, stream, status, error, errorDetail } = buildEvent.parse(JSON.parse(line));
    if (id === 'moby.buildkit.trace' && typeof aux === 'string') {
      const trace = decodeTrace(aux);
      [...trace.started, ...trace.output, ...trace.errors].forEach(onLine);
    }
    const text = stream ?? status;
    text?.split('\n').filter((part) => part.trim() !== '').forEach(onLine);
    // A build that fails still answers 200 and ends its stream in order: only this event says so.
    failure = errorDetail?.message ?? error ?? failure;
  };
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line.trim() !== '') {
        read(line);
      }
    }
  } catch (error) {
    throw signal.aborted ? cancelled() : gone(engine, error);
  }
  if (signal.aborted) {
    throw cancelled();
  }
  if (failure !== undefined) {
    onLine(failure);
    throw buildProblem(tag, failure);
  }
  await engine.docker.getImage(tag).inspect().catch((error: unknown) => {
    throw gone(engine, error);
  });
}

function send(engine: Engine, path: string, body: Readable, signal: AbortSignal): Promise<IncomingMessage> {
  if (signal.aborted) {
    return Promise.reject(cancelled());
  }
  return new Promise((resolve, reject) => {
    const options = { path, method: 'POST', headers: { 'Content-Type': 'application/x-tar' }, signal };
    const { address } = engine;
    let call: ClientRequest;
    if ('socketPath' in address) {
      call = httpRequest({ ...options, socketPath: address.socketPath });
    } else {
      const { protocol, ...rest } = address;
      call = protocol === 'https' ? httpsRequest({ ...options, ...rest }) : httpRequest({ ...options, ...rest });
    }
    call.once('response', resolve);
    call.once('error', (error) => {
      body.destroy();
      reject(signal.aborted ? cancelled() : gone(engine, error));
    });
    body.once('error', (error) => {
      call.destroy();
      reject(error);
    });
    body.pipe(call);
  });
}

function gone(engine: Engine, error: unknown): Problem {
  return new Problem('unavailable', `The container engine at ${engine.url} went away while an image was built.`, {
    remedy: 'Start it again and deploy again; what was built so far is kept.',
    cause: error,
  });
}

function buildProblem(tag: string, said: string): Problem {
  if (/no space left on device/i.test(said)) {
    return new Problem('disk-full', 'The disk of the container engine is full: the image could not be built.', {
      remedy: 'Free some space, for example with "docker image prune", then try again.',
    });
  }
  return new Problem('unavailable', `The image ${tag} could not be built: ${said.trim().slice(-600)}`, {
    remedy: 'See the build log with "slipway logs"; the base image is the setting slipway.baseImage.',
  });
}
