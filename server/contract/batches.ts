import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { count, digest, endpointName, timestamp } from './values.ts';

export const batchState = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']);
export type BatchState = z.infer<typeof batchState>;

/** Rows of files that are scored by the very release that serves, into a file. */
export const batch = z.object({
  id: z.string(),
  /** The endpoint whose live release scores; absent where a model version was named. */
  endpoint: endpointName.optional(),
  model: z.string(),
  modelVersion: z.number().int(),
  /** URL of the MLflow server that holds the version; absent for the companion's own registry. */
  server: z.string().optional(),
  /** Absent until the release of a model version is packaged. */
  release: digest.optional(),
  state: orText(batchState),
  /** What it is doing, or why it did not succeed. */
  message: z.string(),
  /** Whole paths of the files, in the order in which they are read. */
  files: z.array(z.string()),
  out: z.string(),
  /** Where the rows are that could not be scored, with reasons, also of one that was cancelled or failed; absent while it runs, and where there are none. */
  rejectedOut: z.string().optional(),
  /** What is known by now: rows that were read, and of these those that have a prediction and those that have none. */
  rows: z.number().int(),
  scored: z.number().int(),
  rejected: z.number().int(),
  /** Bytes of the files that are done with, of all. */
  bytes: z.number(),
  totalBytes: z.number(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  requestedBy: z.string(),
});
export type Batch = z.infer<typeof batch>;

/** Whether a batch waits or runs. */
export function isOpen({ state }: Pick<Batch, 'state'>): boolean {
  return state === 'waiting' || state === 'running';
}

const files = {
  /** Whole paths of files, of folders (every file of them that can be scored), or with `*`, `?` and `**`. */
  inputs: z.array(z.string().min(1)).min(1).max(1000),
  /** Whole path of the file that is written; its ending says the format. */
  out: z.string().min(1),
  /** Columns of the input that the output repeats, before the predictions. */
  keep: z.union([z.literal('all'), z.array(z.string().min(1)).max(1000)]).default([]),
  /** Replace an output that is there. */
  overwrite: z.boolean().default(false),
};

const byId = z.object({ id: z.string() });

/** What stands in an output's name for the time at which a schedule began the batch. */
export const timePlaceholder = '{time}';

/** Files that are scored again and again. */
export const batchSchedule = z.object({
  id: z.string(),
  endpoint: endpointName.optional(),
  model: z.string().optional(),
  /** Number, alias or `latest`, looked up each time. */
  version: z.union([z.number().int(), z.string()]).optional(),
  inputs: z.array(z.string()),
  out: z.string(),
  keep: z.union([z.literal('all'), z.array(z.string())]),
  overwrite: z.boolean(),
  /** The five fields of cron. */
  schedule: z.string(),
  timeZone: z.string().optional(),
  paused: z.boolean(),
  /** When the next batch begins; what was missed is made up for once. Absent while it is paused. */
  nextAt: timestamp.optional(),
  /** The last time: the batch that it began, or why it began none. */
  last: z.object({ at: timestamp, batch: z.string().optional(), failure: z.string().optional() }).optional(),
  requestedBy: z.string(),
});
export type BatchSchedule = z.infer<typeof batchSchedule>;

const again = { schedule: z.string().min(1).max(200), timeZone: z.string().min(1).max(100).optional() };

export const batchRoutes = {
  startBatch: route({
    method: 'POST',
    path: '/endpoints/:name/batches',
    summary: 'Score files with the live release of an endpoint, beside its traffic',
    needsTrust: 'scoring files',
    input: z.object({ name: endpointName, ...files }),
    output: batch,
  }),
  startModelBatch: route({
    method: 'POST',
    path: '/batches',
    summary: 'Score files with a model version that need not be deployed',
    needsTrust: 'scoring files',
    input: z.object({ model: z.string().min(1), version: z.union([count, z.string().min(1)]).default('latest'), ...files }),
    output: batch,
  }),
  scheduleBatch: route({
    method: 'POST',
    path: '/batch-schedules',
    summary: 'Score files again and again, by the live release that an endpoint then has or by a model version; inputs and version are looked up each time',
    needsTrust: 'scoring files',
    input: z.object({ endpoint: endpointName.optional(), model: z.string().min(1).optional(), version: z.union([count, z.string().min(1)]).optional(), ...files, ...again }),
    output: batchSchedule,
  }),
  listBatchSchedules: route({ method: 'GET', path: '/batch-schedules', summary: 'Files that are scored again and again', panels: ['releases'], input: z.object({ endpoint: endpointName.optional() }), output: z.object({ schedules: z.array(batchSchedule) }) }),
  pauseBatchSchedule: route({ method: 'POST', path: '/batch-schedules/:id/pause', summary: 'Begin no more batches by a schedule until it is resumed', panels: ['releases'], input: byId, output: batchSchedule }),
  resumeBatchSchedule: route({ method: 'POST', path: '/batch-schedules/:id/resume', summary: 'Begin batches by a schedule again, from its next time on', panels: ['releases'], needsTrust: 'scoring files', input: byId, output: batchSchedule }),
  removeBatchSchedule: route({ method: 'DELETE', path: '/batch-schedules/:id', summary: 'Remove a schedule; a batch that runs goes on, outputs stay', panels: ['releases'], input: byId, output: batchSchedule }),
  listBatches: route({ method: 'GET', path: '/batches', summary: 'Batches, the newest first', input: z.object({ endpoint: endpointName.optional() }), output: z.object({ batches: z.array(batch) }) }),
  getBatch: route({ method: 'GET', path: '/batches/:id', summary: 'One batch', input: byId, output: batch }),
  cancelBatch: route({ method: 'POST', path: '/batches/:id/cancel', summary: 'Cancel a batch; nothing of it stays but the rows that were rejected by then', input: byId, output: batch }),
} as const;

