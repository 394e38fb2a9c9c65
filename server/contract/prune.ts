import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';

/** Something on disk that no endpoint needs: a release's files, a virtual environment, an image, or what a replica left behind. */
export const prunable = z.object({
  kind: orText(z.enum(['release', 'environment', 'release-image', 'environment-image', 'replica'])),
  /** Digest, image name or replica id. */
  name: z.string(),
  /** For people: which model version or lock it belongs to. */
  detail: z.string(),
  /** What removing it gives back to the disk. */
  bytes: z.number(),
});
export type Prunable = z.infer<typeof prunable>;

export const pruneReport = z.object({
  items: z.array(prunable),
  bytes: z.number(),
  /** Bytes of removed files that stay on the disk, because they have hard links elsewhere; absent where there are none. */
  sharedBytes: z.number().optional(),
  /** Releases that stay, because an endpoint runs, ran lately or is about to run them. */
  keptReleases: z.number(),
  /** Why the engine's images were left alone; absent when they were looked at. */
  imagesSkipped: z.string().optional(),
});
export type PruneReport = z.infer<typeof pruneReport>;

const keep = z.number().int().min(1).max(1000).optional().describe('Releases that each endpoint keeps; default: the setting keptReleases');

export const pruneRoutes = {
  previewPrune: route({ method: 'POST', path: '/prune/preview', summary: 'What pruning would remove and free', input: z.object({ keep }), output: pruneReport }),
  prune: route({
    method: 'POST',
    path: '/prune',
    summary: 'Remove releases, environments and images that no endpoint needs; model versions stay and can be deployed again',
    input: z.object({ keep }),
    output: pruneReport,
  }),
};
