import { z } from 'zod';
import { digest, flag, timestamp } from './values.ts';
import { dataReference } from './notebooks.ts';
import { signature } from './registry.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';

/** What a pickle imports, as a person may allow it. */
export const importName = z.string().regex(/^[\w.]+\.\w+$/, 'must be a name with its module, such as my_package.scale');

export const servingConfig = z.object({
  /** Worker processes of a replica. */
  workers: z.number().int().min(1).max(64).default(1),
  requestTimeoutSeconds: z.number().positive().max(3600).default(60),
  maxRequestBytes: z.number().int().positive().default(16 * 1024 * 1024),
  /** Limits of a replica. A container has both; a local process that of the memory, on Linux, each worker an equal part of it. */
  memoryMegabytes: z.number().int().min(64).optional(),
  cpus: z.number().positive().optional(),
  /** What the model's pickles may import beside what models are made of, each `module.name`; absent: nothing. */
  allowedImports: z.array(importName).min(1).optional(),
  /** Packages, by name, that may be built from their source, which runs code of theirs on this machine; absent: wheels alone are installed. */
  allowedBuilds: z.array(z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the name of a package')).min(1).optional(),
  /** A replica may use the network; absent: it is closed where the target can close it. */
  allowedNetwork: z.literal(true).optional(),
  /** Folders of this machine, by absolute path, that a replica may read beside its model; absent: none. For local processes. */
  allowedFolders: z.array(z.string().regex(/^(?:\/|[A-Za-z]:[\\/])\P{Cc}*$/u, 'must be an absolute path')).min(1).optional(),
  /** Plain values only: secrets do not belong into a release. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
});
export type ServingConfig = z.infer<typeof servingConfig>;

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

export const releaseDifference = z.object({
  part: orText(z.enum(['model', 'data', 'environment', 'serving', 'signature'])),
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
    input: z.object({ digest: z.string().regex(/^[0-9a-f]{6,64}$/) }),
    output: release,
  }),
  compareReleases: route({
    method: 'GET',
    path: '/release-differences',
    summary: 'What differs between two releases',
    panels: ['releases'],
    input: z.object({ from: z.string(), to: z.string(), all: flag.default(false) }),
    output: z.object({ from: release, to: release, differences: z.array(releaseDifference) }),
  }),
};
