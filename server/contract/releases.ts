import { z } from 'zod';
import { digest, flag, timestamp } from './values.ts';
import { dataReference } from './notebooks.ts';
import { signature } from './registry.ts';
import { route } from './route.ts';
import { servingConfig } from './servingConfig.ts';
import { orText } from './unknown.ts';

/** Pinned packages with hashes for one Python version and platform. */
export const environmentLock = z.object({
  /** sha256 of the lock's text: the key of the venv or environment image. */
  sha256: digest,
  python: z.string(),
  platform: z.string(),
  packages: z.array(z.object({ name: z.string(), version: z.string() })),
});
export type EnvironmentLock = z.infer<typeof environmentLock>;

/** Immutable; its digest is the sha256 of its canonical JSON without `digest` and `createdAt`. */
export const release = z.object({
  digest,
  createdAt: timestamp,
  model: z.object({
    name: z.string(),
    version: z.number().int(),
    /** URL of the MLflow server that the version came from; absent for the companion's own registry. */
    server: z.string().optional(),
    digest,
    flavor: z.string(),
    runId: z.string().optional(),
    /** What the model server checks before it loads the model, in order of the path. */
    files: z.array(z.object({ path: z.string(), sha256: digest, bytes: z.number().int().nonnegative() })),
  }),
  data: z.array(dataReference),
  environment: environmentLock,
  serving: servingConfig,
  signature: signature.optional(),
  /** Whether a recorded example is there for the smoke test. */
  hasExample: z.boolean(),
});
export type Release = z.infer<typeof release>;

/** One thing that differs between two releases; they come with what matters most to people first. */
export const releaseDifference = z.object({
  part: orText(z.enum(['metric', 'param', 'data', 'environment', 'signature', 'serving', 'model'])),
  key: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type ReleaseDifference = z.infer<typeof releaseDifference>;

export const releaseRoutes = {
  listReleases: route({
    method: 'GET',
    path: '/releases',
    summary: 'Releases, the newest first',
    input: z.object({ model: z.string().optional(), endpoint: z.string().optional() }),
    output: z.object({ releases: z.array(release) }),
  }),
  getRelease: route({
    method: 'GET',
    path: '/releases/:digest',
    summary: 'One release, by its digest or an unambiguous beginning of at least 6 characters',
    panels: ['releases', 'registry'],
    input: z.object({ digest: z.string().regex(/^[0-9a-f]{6,64}$/) }),
    output: release,
  }),
  getReleaseSbom: route({
    method: 'GET',
    path: '/releases/:digest/sbom',
    summary: 'Software bill of materials of a release: CycloneDX 1.6 JSON',
    input: z.object({ digest: z.string().regex(/^[0-9a-f]{6,64}$/) }),
    output: z.looseObject({ bomFormat: z.literal('CycloneDX'), specVersion: z.string() }),
  }),
  compareReleases: route({
    method: 'GET',
    path: '/release-differences',
    summary: 'What differs between two releases',
    panels: ['releases', 'promotion'],
    input: z.object({ from: z.string(), to: z.string(), all: flag.default(false) }),
    output: z.object({ from: release, to: release, differences: z.array(releaseDifference) }),
  }),
};
