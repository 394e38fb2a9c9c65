import { z } from 'zod';
import { route } from './route.ts';
import { empty, timestamp } from './values.ts';
import { orText } from './unknown.ts';

export const transferDirection = z.enum(['import', 'export']);
export type TransferDirection = z.infer<typeof transferDirection>;

/** How many of each kind; metrics are points, and bytes are those of the artifacts. */
export const transferCounts = z.object({
  experiments: z.number(),
  runs: z.number(),
  params: z.number(),
  tags: z.number(),
  metrics: z.number(),
  datasets: z.number(),
  models: z.number(),
  registeredModels: z.number(),
  versions: z.number(),
  aliases: z.number(),
  artifacts: z.number(),
  bytes: z.number(),
});
export type TransferCounts = z.infer<typeof transferCounts>;

/** Something that was left as it is, or that is not the same on both sides. */
export const transferFinding = z.object({ kind: z.string(), id: z.string(), message: z.string() });
export type TransferFinding = z.infer<typeof transferFinding>;

/** How the message ends of what is not carried because it lies elsewhere on this machine, and may be followed. */
export const outsideOfSource = 'outside of the source, not carried (--follow to carry)';

export const transferReport = z.object({
  /** What the source holds, and what of it the target holds: equal when nothing was lost. */
  source: transferCounts,
  target: transferCounts,
  /** What this transfer added. */
  added: transferCounts,
  /** Ids that the target uses for other content: never overwritten. */
  conflicts: z.array(transferFinding),
  /** What the comparison at the end found missing or different. */
  differences: z.array(transferFinding),
  /** What of the source must not or cannot be carried, and why: it lies outside, it is no regular file, its name or place is refused. */
  notCarried: z.array(transferFinding).default([]),
  /** What the source holds and no transfer carries, such as traces, and which names are others here. */
  notes: z.array(z.string()),
  /** Findings beyond those that are listed. */
  more: z.number(),
});
export type TransferReport = z.infer<typeof transferReport>;

export const transferPhase = z.enum(['start', 'runs', 'models', 'links', 'registry', 'verify', 'end']);
export type TransferPhase = z.infer<typeof transferPhase>;

export const transferState = z.enum(['running', 'succeeded', 'incomplete', 'failed', 'cancelled', 'interrupted']);
export type TransferState = z.infer<typeof transferState>;

export const transfer = z.object({
  id: z.string(),
  direction: orText(transferDirection),
  /** A file, a folder or a URL without credentials. */
  location: z.string(),
  /** `incomplete`: it went to its end and the report names conflicts or differences. `interrupted`: its process ended; start it again. */
  state: orText(transferState),
  phase: orText(transferPhase),
  message: z.string(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  progress: z.object({
    /** Runs in the source, where that is known. */
    totalRuns: z.number().optional(),
    /** Runs that are carried or compared in this phase. */
    runs: z.number(),
    added: transferCounts,
  }),
  report: transferReport.optional(),
});
export type Transfer = z.infer<typeof transfer>;

export const transferCredentials = z.object({ username: z.string().optional(), password: z.string().optional(), token: z.string().optional() });
export type TransferCredentials = z.infer<typeof transferCredentials>;

/** How artifacts are compared at the end: by the sha256 of what both sides give, or by their sizes alone. */
export const transferVerification = z.enum(['digests', 'sizes']);

/** What a transfer would look at: counts of the source, deleted things too. */
export const transferPreview = z.object({
  /** The location as it is stored: without credentials. */
  location: z.string(),
  kind: orText(z.enum(['server', 'database', 'folder'])),
  experiments: z.number(),
  runs: z.number(),
  registeredModels: z.number(),
  versions: z.number(),
  /** False where counting took too long: there are at least so many. */
  complete: z.boolean(),
  /** What the source holds and no transfer carries, and which names would be others here. */
  notes: z.array(z.string()),
  /** The source names `mlflow-artifacts:` and not where that lies: `artifacts` of startTransfer says so, else they stay behind. */
  artifactsElsewhere: z.boolean(),
  /** The transfer of this location before; one that did not come to its end goes on. */
  before: transfer.optional(),
});
export type TransferPreview = z.infer<typeof transferPreview>;

/** The interpreter whose MLflow makes a database that is not there; else that of the setting `python`, else one on PATH. */
const python = z.string().optional();

const byId = z.object({ id: z.string() });

export const transferRoutes = {
  previewTransfer: route({
    method: 'POST',
    path: '/transfers/preview',
    summary: 'What a transfer would carry, and whether the other side can be read; changes nothing',
    input: z.object({ direction: transferDirection, location: z.string().min(1), credentials: transferCredentials.optional(), python }),
    output: transferPreview,
  }),
  startTransfer: route({
    method: 'POST',
    path: '/transfers',
    summary: 'Import from, or export to, an MLflow server, a folder or a database; one that was interrupted goes on',
    input: z.object({
      direction: transferDirection,
      location: z.string().min(1),
      /**
       * Import: where artifacts of `mlflow-artifacts:` lie that the source does not hold itself, a server's URL or a folder.
       * Export to a database: the folder that artifacts go to, `mlartifacts` beside it unless given.
       */
      artifacts: z.string().optional(),
      /** Import: locations and links of a folder or database are followed wherever they lead on this machine, but never into the data home. */
      follow: z.boolean().default(false),
      verify: transferVerification.default('digests'),
      /** For the server; used, never stored. */
      credentials: transferCredentials.optional(),
      python,
    }),
    output: transfer,
  }),
  listTransfers: route({
    method: 'GET',
    path: '/transfers',
    summary: 'Transfers, the latest first',
    input: empty,
    output: z.object({ transfers: z.array(transfer) }),
  }),
  getTransfer: route({ method: 'GET', path: '/transfers/:id', summary: 'One transfer with its report', input: byId, output: transfer }),
  cancelTransfer: route({
    method: 'POST',
    path: '/transfers/:id/cancel',
    summary: 'Stop a transfer; what it carried stays, and starting it again goes on',
    input: byId,
    output: transfer,
  }),
};
