import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { count, digest, endpointName, timestamp } from './values.ts';

export const imagePushState = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']);
export type ImagePushState = z.infer<typeof imagePushState>;

/** The image of a release on its way to a registry. */
export const imagePush = z.object({
  id: z.string(),
  model: z.string(),
  modelVersion: z.number().int(),
  /** Absent until the version is packaged for an image. */
  release: digest.optional(),
  /** Name in the registry, with its tag. */
  to: z.string(),
  state: orText(imagePushState),
  /** What it is doing, or why it did not succeed. */
  message: z.string(),
  /** `REPOSITORY@sha256:...`, by which it can be pulled for ever; present when it has arrived. */
  pinned: z.string().optional(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  requestedBy: z.string(),
});
export type ImagePush = z.infer<typeof imagePush>;

const to = z.string().min(1);
const byId = z.object({ id: z.string() });

export const imagePushRoutes = {
  pushEndpointImage: route({
    method: 'POST',
    path: '/endpoints/:name/image-pushes',
    summary: 'Push the image of what an endpoint serves to a registry; it is built if it is not there',
    needsTrust: 'building and pushing images',
    input: z.object({ name: endpointName, to }),
    output: imagePush,
  }),
  pushModelImage: route({
    method: 'POST',
    path: '/image-pushes',
    summary: 'Push the image of a model version, with default serving config, to a registry; it is built if it is not there',
    needsTrust: 'building and pushing images',
    input: z.object({ model: z.string().min(1), version: z.union([count, z.string().min(1)]).default('latest'), to }),
    output: imagePush,
  }),
  listImagePushes: route({ method: 'GET', path: '/image-pushes', summary: 'Images that were pushed, the newest first', input: z.object({}), output: z.object({ pushes: z.array(imagePush) }) }),
  getImagePush: route({ method: 'GET', path: '/image-pushes/:id', summary: 'One push of an image', input: byId, output: imagePush }),
  cancelImagePush: route({ method: 'POST', path: '/image-pushes/:id/cancel', summary: 'Cancel a push; layers that have arrived stay in the registry', input: byId, output: imagePush }),
} as const;
