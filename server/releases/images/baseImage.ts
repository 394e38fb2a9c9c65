import type Docker from 'dockerode';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { cancelled, type Progress } from '../../platform/command.ts';
import type { Engine } from './engine.ts';
import { describingScript, readDescription } from '../environments/interpreters.ts';

/** What a base image offers to the models on top of it. */
export interface BaseImage {
  /** As it is named in a Dockerfile. */
  readonly name: string;
  /** The image's id: another content has another id. */
  readonly id: string;
  /** Such as `3.11`. */
  readonly python: string;
  /** Wheel platform tag such as `manylinux_2_36_x86_64`. */
  readonly platform: string;
}

const waited = z.object({ StatusCode: z.number() });

/** Python of the base image for models that do not say theirs. */
const defaultPython = '3.12';

const remedy = 'Set slipway.baseImage to an image with Python 3.10 or newer and venv; {python} stands for the version of the model.';

export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** @param setting with `{python}` for the version @param wanted the model's Python such as `3.11` */
export function baseImageName(setting: string, wanted: string | undefined): string {
  return setting.replaceAll('{python}', wanted ?? defaultPython);
}

/**
 * Finds the base image, pulls it if the engine does not have it, and looks which Python it has by running it.
 * @param setting with `{python}` for the version
 * @param wanted the model's Python such as `3.11`
 * @throws Problem that says what is wrong with the image
 */
export async function describeBaseImage(
  engine: Engine,
  setting: string,
  wanted: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<BaseImage> {
  const name = baseImageName(setting, wanted);
  const id = (await imageId(engine.docker, name)) ?? (await pull(engine, name, progress, signal));
  const found = await lookInside(engine.docker, name, id, signal);
  const { minor, platform } = found;
  if (!found.venv) {
    throw new Problem('invalid-input', `The Python ${found.version} of the base image ${name} has no venv.`, { field: 'baseImage', remedy });
  }
  if (wanted !== undefined && wanted !== minor) {
    progress(`Warning: the model was made with Python ${wanted}; the base image ${name} has ${found.version}. Set slipway.baseImage to be exact.`);
  }
  return { name, id, python: minor, platform };
}

/** What an engine said when it refused a call, without the prefix that dockerode puts before it. */
export function engineMessage(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim() : String(error);
}

function notStarted(name: string, cause: unknown): Problem {
  return new Problem('unavailable', `The container engine cannot start a container of the base image ${name}: ${engineMessage(cause)}`, {
    remedy: `See that "docker run --rm ${name} true" (or podman run) works, then try again.`,
    cause,
  });
}

export async function imageId(docker: Docker, name: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) {
      return undefined;
    }
    throw error;
  }
}

async function pull(engine: Engine, name: string, progress: Progress, signal: AbortSignal): Promise<string> {
  progress(`Pulling the base image ${name}`);
  const failed = (said: string): Problem =>
    new Problem('unavailable', `The base image ${name} cannot be pulled: ${said}`, {
      field: 'baseImage',
      remedy: 'Check the network, log in and pull it by hand, or set slipway.baseImage to an image that the engine has.',
    });
  try {
    const stream = await engine.docker.pull(name, { abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(
        stream,
        (error, events: unknown[] | null) => {
          const last = events?.at(-1);
          const said = typeof last === 'object' && last !== null && 'error' in last ? String(last.error) : undefined;
          if (error !== null || said !== undefined) {
            reject(new Error(said ?? error?.message ?? 'unknown'));
          } else {
            resolve();
          }
        },
      );
    });
  } catch (error) {
    throw signal.aborted ? cancelled() : failed(error instanceof Error ? error.message : String(error));
  }
  const id = await imageId(engine.docker, name);
  if (id === undefined) {
    throw failed('the engine does not have it after the pull');
  }
  return id;
}

async function lookInside(docker: Docker, name: string, id: string, signal: AbortSignal): Promise<NonNullable<ReturnType<typeof readDescription>>> {
  const unusable = (cause: unknown): Problem =>
    new Problem('invalid-input', `The base image ${name} has no Python that can be run as python3.`, { field: 'baseImage', remedy, cause });
  const container = await docker.createContainer({
    Image: id,
    Entrypoint: ['python3', '-I', '-c', await readFile(describingScript, 'utf8')],
    Cmd: [],
    // One stream, without the frames that tell output and errors apart.
    Tty: true,
    // NetworkDisabled says the same, but Podman leaves it out of account.
    HostConfig: { NetworkMode: 'none' },
    Labels: { 'slipway.purpose': 'look-inside' },
  });
  try {
    await container.start().catch((error: unknown) => {
      // An engine that cannot run anything must not look like an image without Python.
      throw /not found|no such file/i.test(engineMessage(error)) ? unusable(error) : notStarted(name, error);
    });
    const ended = waited.parse(await container.wait({ abortSignal: signal }));
    // Followed, because dockerode takes apart what is read at once and looks like JSON.
    const output = await text(await container.logs({ stdout: true, stderr: true, follow: true }));
    const description = ended.StatusCode === 0 ? readDescription(output.split(/\r?\n/)) : undefined;
    if (description === undefined) {
      throw unusable(output);
    }
    return description;
  } finally {
    await container.remove({ force: true }).catch(() => undefined);
  }
}
