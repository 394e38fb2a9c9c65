import { createInterface } from 'node:readline';
import type { AuthConfigObject } from 'dockerode';
import { z } from 'zod';
import { formatBytes } from '../../contract/format/bytes.ts';
import { cancelled, type Progress } from '../../platform/command.ts';
import { Problem } from '../../platform/errors.ts';
import { engineMessage, statusOf } from './baseImage.ts';
import type { Engine } from './engine.ts';
import type { ImageReference } from './imageReference.ts';

const pushEvent = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.looseObject({ current: z.number().optional(), total: z.number().optional() }).optional(),
  aux: z.looseObject({ Digest: z.string().optional(), Size: z.number().optional() }).optional(),
  error: z.string().optional(),
  errorDetail: z.looseObject({ message: z.string().optional() }).optional(),
});

/** How far each layer is, in bytes of the layer as the engine holds it. */
interface Layer {
  readonly sent: number;
  readonly size: number;
  readonly done: boolean;
}

/**
 * Sends an image of the engine to a registry. Layers that the registry has are not sent again, so a second try goes on where the first one was.
 * @param image name of the image in the engine
 * @returns digest of the manifest, by which the image can be pulled for ever
 * @throws Problem `forbidden` when the registry wants another login, `unavailable` when it cannot be reached or refuses
 */
export async function pushImage(engine: Engine, image: string, to: ImageReference, login: AuthConfigObject | undefined, progress: Progress, signal: AbortSignal): Promise<{ readonly digest: string }> {
  const name = `${to.repository}:${to.tag}`;
  const { docker } = engine;
  await docker.getImage(image).tag({ repo: to.repository, tag: to.tag });
  const layers = new Map<string, Layer>();
  let digest: string | undefined;
  try {
    // Podman wants the header also where there is nothing to say.
    const stream = await docker.getImage(name).push({ authconfig: login ?? { username: '', password: '' }, abortSignal: signal });
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() === '') {
        continue;
      }
      const event = pushEvent.parse(JSON.parse(line));
      const failure = event.errorDetail?.message ?? event.error;
      if (failure !== undefined) {
        throw refused(to, failure);
      }
      digest = event.aux?.Digest ?? /digest: (sha256:[0-9a-f]{64})/.exec(event.status ?? '')?.[1] ?? digest;
      note(layers, event, progress);
    }
  } catch (error) {
    throw signal.aborted ? cancelled() : Problem.is(error) ? error : refused(to, engineMessage(error), statusOf(error));
  } finally {
    // The name alone: the image keeps the one that it was built under.
    await docker.getImage(name).remove({ noprune: true }).catch(() => undefined);
  }
  if (signal.aborted) {
    throw cancelled();
  }
  if (digest === undefined) {
    throw new Problem('unavailable', `The container engine did not say whether ${name} has arrived.`, { remedy: 'Try again; what has arrived is not sent again.' });
  }
  return { digest };
}

function note(layers: Map<string, Layer>, { id, status = '', progressDetail }: z.infer<typeof pushEvent>, progress: Progress): void {
  if (id === undefined || !/^(Preparing|Waiting|Pushing|Pushed|Layer already exists|Mounted from)/.test(status)) {
    return;
  }
  const before = layers.get(id) ?? { sent: 0, size: 0, done: false };
  const size = progressDetail?.total ?? before.size;
  const done = /^(Pushed|Layer|Mounted)/.test(status);
  layers.set(id, { sent: done ? size : (progressDetail?.current ?? before.sent), size, done });
  const all = [...layers.values()];
  const sent = all.reduce((sum, layer) => sum + layer.sent, 0);
  progress(`Pushing: ${all.filter((layer) => layer.done).length} of ${all.length} layers${sent === 0 ? '' : `, ${formatBytes(sent)} of ${formatBytes(all.reduce((sum, layer) => sum + layer.size, 0))}`}`);
}

function refused({ registry, repository }: ImageReference, said: string, status?: number): Problem {
  if (/unauthorized|authentication required|no basic auth|denied|forbidden/i.test(said) || status === 401 || status === 403) {
    return new Problem('forbidden', `The registry ${registry} does not let this login push to ${repository}: ${said}`, { field: 'to', remedy: `Log in with "docker login ${registry}" (or podman login), with a user that may push there.` });
  }
  if (/HTTP response to HTTPS client/i.test(said)) {
    return new Problem('invalid-input', `The registry ${registry} has no TLS: ${said}`, { field: 'to', remedy: 'Give it a certificate, or name it under insecure-registries of the engine.' });
  }
  return new Problem('unavailable', `The image could not be pushed to ${registry}: ${said}`, { remedy: 'See that the registry can be reached from the machine of the container engine.' });
}
