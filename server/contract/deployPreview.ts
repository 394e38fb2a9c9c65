import { z } from 'zod';
import { deployInput, strategy } from './deployments.ts';
import { errorReason } from './errors.ts';
import { releaseDifference } from './releases.ts';
import { route } from './route.ts';
import { orText, orUnknownKind } from './unknown.ts';
import { digest, endpointName } from './values.ts';

/** Why a deploy would be refused, or would fail before the traffic moves. */
export const deployRefusal = z.object({ reason: orText(errorReason), message: z.string(), field: z.string().optional(), remedy: z.string().optional() });
export type DeployRefusal = z.infer<typeof deployRefusal>;

/** The environment that a release would run in. */
export const foreseenEnvironment = orUnknownKind(
  z.discriminatedUnion('kind', [
    /** It is there already. */
    z.object({ kind: z.literal('reused'), sha256: digest, python: z.string(), packages: z.number().int() }),
    /** Its packages were resolved before; they have to be installed. */
    z.object({ kind: z.literal('built'), sha256: digest, python: z.string(), packages: z.number().int() }),
    /** Its packages are resolved by the deploy, and installed; until then neither they nor the digest of the release are known. */
    z.object({ kind: z.literal('not-resolved'), why: z.string() }),
  ]),
);
export type ForeseenEnvironment = z.infer<typeof foreseenEnvironment>;

/** What a deploy would do, as far as that can be told without doing it. */
export const deployPreview = z.object({
  endpoint: endpointName,
  model: z.string(),
  version: z.number().int(),
  /** URL of the MLflow server that holds the version; absent for the companion's own registry. */
  server: z.string().optional(),
  target: z.string(),
  targetLabel: z.string(),
  replicaCount: z.number().int(),
  /** What the endpoint serves; absent where it serves nothing. */
  live: z.object({ release: digest, modelVersion: z.number().int() }).optional(),
  /** Digest of the release; absent where it is not known before the deploy. */
  release: digest.optional(),
  /** The release was packaged before. */
  known: z.boolean(),
  environment: foreseenEnvironment,
  /** What of the version's signature callers of the live one would meet; empty where they would not notice. */
  breaking: z.array(z.string()),
  /** What it comes to, as sentences; what matters most first. */
  consequences: z.array(z.string()),
  /** From the live release to the new one; those of the environment only where that is resolved. */
  differences: z.array(releaseDifference),
  strategy: orUnknownKind(strategy),
  /** Who says so: the deploy itself, the policy of the model, or nobody. */
  strategyFrom: orText(z.enum(['deploy', 'policy', 'default'])),
  /** The steps that the rollout would take, in their order. */
  steps: z.array(z.object({ id: z.string(), label: z.string() })),
  /** Empty where the deploy would be taken; what only running the model can show is not among them. */
  refusals: z.array(deployRefusal),
});
export type DeployPreview = z.infer<typeof deployPreview>;

export const deployPreviewRoutes = {
  previewDeploy: route({
    method: 'POST',
    path: '/endpoints/:name/deploy/preview',
    summary: 'What a deploy would do and whether it would be refused, without doing any of it',
    input: deployInput,
    output: deployPreview,
  }),
};
