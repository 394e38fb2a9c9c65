import { z } from 'zod';
import { loggedRequest } from './monitoring.ts';
import { dataReference, gitState } from './notebooks.ts';
import { servingConfig } from './servingConfig.ts';
import { cellReference } from './tracking.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { digest, endpointName, timestamp } from './values.ts';

/** What moved the traffic of an endpoint to a release, as the audit log has it. */
export const decision = z.object({
  /** `deploy` or `rollback`. */
  kind: z.string(),
  at: timestamp,
  by: z.string(),
  /** What they asked through; `companion`: it acted by itself. */
  program: z.string().optional(),
  reason: z.string().optional(),
  /** Id of the rollout. */
  rollout: z.string(),
  /** Number of the entry of the audit log. */
  entry: z.number().int(),
  /** Who let it go on where it held. */
  promotedBy: z.array(z.string()),
});
export type Decision = z.infer<typeof decision>;

/** What an endpoint served at a time, by the audit log. */
export const liveAt = z.object({
  endpoint: z.string(),
  model: z.string(),
  version: z.number().int(),
  release: digest,
  decision,
  /** Stopped at that time: since when, and by whom. */
  stopped: z.object({ at: timestamp, by: z.string() }).optional(),
  /** What ended it; absent where it is still so. */
  ended: z.object({ at: timestamp, by: z.string(), /** Such as `deploy.switched`. */ action: z.string() }).optional(),
});
export type LiveAt = z.infer<typeof liveAt>;

/** A data file, and whether it is still what it was. */
export const tracedFile = dataReference.extend({
  state: orText(z.enum(['same', 'changed', 'gone', 'not-read'])),
});
export type TracedFile = z.infer<typeof tracedFile>;

/** From one request back to the data. What is absent is not known, and `notKnown` says why. */
export const explanation = z.object({
  endpoint: endpointName,
  request: loggedRequest,
  /** By row, where the release decides by probabilities: that of the second of two classes, else that of the label. */
  scores: z.array(z.number()).optional(),
  release: z
    .object({ digest, createdAt: timestamp, serving: servingConfig, environment: z.object({ sha256: digest, python: z.string(), packages: z.number().int() }) })
    .optional(),
  version: z.object({ model: z.string(), version: z.number().int(), server: z.string().optional(), registeredAt: timestamp.optional() }).optional(),
  /** What brought the release to the endpoint before the request came. */
  decision: decision.optional(),
  run: z.object({ runId: z.string(), name: z.string(), startedAt: timestamp, user: z.string() }).optional(),
  cell: cellReference.optional(),
  git: gitState.optional(),
  data: z.array(tracedFile),
  notKnown: z.array(z.string()),
});
export type Explanation = z.infer<typeof explanation>;

/** A version that was trained on a file. */
export const fed = z.object({
  /** As it was when the version's run read it. */
  file: dataReference,
  model: z.string(),
  version: z.number().int(),
  server: z.string().optional(),
  runId: z.string().optional(),
  aliases: z.array(z.string()),
  /** Endpoints on which it is live. */
  liveOn: z.array(z.string()),
});
export type Fed = z.infer<typeof fed>;

export const lineageRoutes = {
  explainRequest: route({
    method: 'GET',
    path: '/requests/:id',
    summary: 'Why a request got its answer: release, version, run, cell and data',
    input: z.object({ id: z.string().min(1).max(200), /** Looked for in the logs of all endpoints unless given. */ endpoint: endpointName.optional() }),
    output: explanation,
  }),
  listFed: route({
    method: 'GET',
    path: '/fed',
    summary: 'Which versions were trained on a file, or on any file: by its path, and by its content wherever it lies',
    input: z.object({ /** Absolute. */ path: z.string().min(1).optional() }),
    output: z.object({
      /** The file as it is now; absent where none was asked for, or it is gone. */
      file: z.object({ path: z.string(), sha256: digest, bytes: z.number(), /** It stands for a file that git-lfs keeps, whose digest this is. */ isPointer: z.boolean() }).optional(),
      fed: z.array(fed),
    }),
  }),
  listLiveAt: route({
    method: 'GET',
    path: '/live-at',
    summary: 'What each endpoint served at a time, and who decided it: by the audit log, also of endpoints that are gone',
    input: z.object({ at: z.coerce.number().int().nonnegative(), endpoint: endpointName.optional() }),
    output: z.object({ at: timestamp, live: z.array(liveAt) }),
  }),
};
