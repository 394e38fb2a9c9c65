import { z } from 'zod';
import { digest, empty, metricValue, tags, timestamp } from './values.ts';
import { cellReference } from './tracking.ts';
import { dataReference, gitState } from './notebooks.ts';
import { route } from './route.ts';

export const signatureColumn = z.object({
  name: z.string().optional(),
  /** MLflow's column types (`long`, `double`, `string`, `boolean`, ...) or a tensor's numpy dtype. */
  type: z.string(),
  required: z.boolean(),
  /** For tensors; -1 where the length varies. */
  shape: z.array(z.number().int()).optional(),
});
export const signature = z.object({ inputs: z.array(signatureColumn), outputs: z.array(signatureColumn) });
export type Signature = z.infer<typeof signature>;

/** Where a model version came from. */
export const lineage = z.object({
  runId: z.string().optional(),
  experimentId: z.string().optional(),
  cell: cellReference.optional(),
  git: gitState.optional(),
  data: z.array(dataReference),
  /** sha256 of the model's requirements as logged, its number of packages, and the Python it was trained with. */
  environment: z.object({ sha256: digest, packages: z.number(), python: z.string() }).optional(),
});
export type Lineage = z.infer<typeof lineage>;

export const modelVersion = z.object({
  name: z.string(),
  version: z.number().int().positive(),
  /** URL of the MLflow server that holds it; absent for the companion's own registry. */
  server: z.string().optional(),
  description: z.string(),
  createdAt: timestamp,
  modelId: z.string().optional(),
  aliases: z.array(z.string()),
  tags,
  /** sha256 over the sorted (path, sha256) list of the model's files; absent until a version of a shared server was fetched. */
  digest: digest.optional(),
  bytes: z.number().optional(),
  flavors: z.array(z.string()),
  signature: signature.optional(),
  params: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), metricValue),
  lineage,
});
export type ModelVersion = z.infer<typeof modelVersion>;

export const registeredModel = z.object({
  name: z.string(),
  description: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
  tags,
  aliases: z.record(z.string(), z.number()),
  versions: z.array(modelVersion),
});
export type RegisteredModel = z.infer<typeof registeredModel>;

/** MLflow's usual alias of the version that production should run. */
export const championAlias = 'champion';

/** A stretch of time in which an alias named one version, or none. */
export const aliasMove = z.object({
  alias: z.string(),
  /** Absent where the alias was removed. */
  version: z.number().int().positive().optional(),
  from: timestamp,
  /** When it moved on; absent for how it is now. */
  until: timestamp.optional(),
  /** Who moved it there. */
  actor: z.string(),
});
export type AliasMove = z.infer<typeof aliasMove>;

const versionKey = z.object({ name: z.string(), version: z.coerce.number().int().positive() });
const aliasKey = z.object({ name: z.string(), alias: z.string().regex(/^[\w-]{1,255}$/) });

export const registryRoutes = {
  listModels: route({
    method: 'GET',
    path: '/models',
    summary: 'Every registered model with its versions, the newest first; prompts are not among them',
    panels: ['registry', 'compare'],
    input: empty,
    output: z.object({ models: z.array(registeredModel) }),
  }),
  getModel: route({ method: 'GET', path: '/models/:name', summary: 'One registered model', input: z.object({ name: z.string() }), output: registeredModel }),
  deleteModel: route({ method: 'DELETE', path: '/models/:name', summary: 'Delete a registered model with its versions, for good; runs and logged models stay', input: z.object({ name: z.string() }), output: empty }),
  registerVersion: route({
    method: 'POST',
    path: '/models/:name/versions',
    summary: 'Register a logged model, or a file, as the next version; creates the registered model if needed',
    input: z.object({
      name: z.string().min(1).max(250),
      /** `latest-of-run` takes the model that the run logged last. */
      source: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('logged-model'), modelId: z.string() }),
        z.object({ kind: z.literal('latest-of-run'), runId: z.string() }),
        /** A file that was never logged, on the companion's machine: absolute paths. `python` is that of the environment it was trained in. */
        z.object({ kind: z.literal('file'), path: z.string().min(1), example: z.string().min(1).optional(), python: z.string().min(1).optional() }),
      ]),
      description: z.string().max(5000).default(''),
      aliases: z.array(z.string()).default([]),
      tags: tags.default({}),
    }),
    output: modelVersion,
  }),
  getVersion: route({ method: 'GET', path: '/models/:name/versions/:version', summary: 'One model version', input: versionKey, output: modelVersion }),
  describeVersion: route({
    method: 'POST',
    path: '/models/:name/versions/:version/description',
    summary: 'Write the description of a version',
    panels: ['registry'],
    input: versionKey.extend({ description: z.string().max(5000) }),
    output: modelVersion,
  }),
  deleteVersion: route({ method: 'DELETE', path: '/models/:name/versions/:version', summary: 'Delete a version that no endpoint serves', input: versionKey, output: empty }),
  setAlias: route({
    method: 'PUT',
    path: '/models/:name/aliases/:alias',
    summary: 'Point an alias to a version',
    panels: ['registry'],
    input: aliasKey.extend({ version: z.number().int().positive() }),
    output: registeredModel,
  }),
  listAliasMoves: route({
    method: 'GET',
    path: '/models/:name/alias-moves',
    summary: 'Which version each alias of a model named when, and who moved it; the newest first',
    panels: ['registry'],
    input: z.object({ name: z.string(), alias: z.string().optional() }),
    /** `recorded` is false for a registry that keeps no history. */
    output: z.object({ moves: z.array(aliasMove), recorded: z.boolean() }),
  }),
  deleteAlias: route({ method: 'DELETE', path: '/models/:name/aliases/:alias', summary: 'Remove an alias', panels: ['registry'], input: aliasKey, output: registeredModel }),
};
