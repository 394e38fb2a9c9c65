import { z } from 'zod';
import { route } from './route.ts';
import { experiment } from './tracking.ts';
import { count, empty, timestamp } from './values.ts';

/** A deleted experiment; its runs were deleted with it. */
export const deletedExperiment = z.object({ experimentId: z.string(), name: z.string(), deletedAt: timestamp, /** Absent where the store does not count them. */ runs: z.number().optional() });
export type DeletedExperiment = z.infer<typeof deletedExperiment>;

/** A deleted run of an experiment that is still there. */
export const deletedRun = z.object({ runId: z.string(), name: z.string(), experimentId: z.string(), experimentName: z.string(), startedAt: timestamp, /** Absent where the store does not tell. */ deletedAt: timestamp.optional() });
export type DeletedRun = z.infer<typeof deletedRun>;

/** A deleted LoggedModel of an experiment that is still there. */
export const deletedModel = z.object({ modelId: z.string(), name: z.string(), experimentId: z.string(), experimentName: z.string(), deletedAt: timestamp });
export type DeletedModel = z.infer<typeof deletedModel>;

export const deletedItems = z.object({
  experiments: z.array(deletedExperiment),
  runs: z.array(deletedRun),
  models: z.array(deletedModel),
  /** There are more than the limit of one kind. */
  truncated: z.boolean(),
});
export type DeletedItems = z.infer<typeof deletedItems>;

const experimentId = z.object({ experimentId: z.string() });

/** The life of experiments, and what can be brought back; removing for good is `purge`. */
export const deletedRoutes = {
  createExperiment: route({ method: 'POST', path: '/experiments', summary: 'Create an experiment', input: z.object({ name: z.string() }), output: experiment }),
  renameExperiment: route({
    method: 'POST',
    path: '/experiments/:experimentId/rename',
    summary: 'Give an experiment another name',
    input: experimentId.extend({ name: z.string() }),
    output: experiment,
  }),
  setPrimaryMetric: route({
    method: 'POST',
    path: '/experiments/:experimentId/primary-metric',
    summary: 'Choose the metric by which runs of an experiment are judged first; null leaves it to their names',
    panels: ['compare'],
    input: experimentId.extend({ metric: z.string().min(1).max(250).nullable() }),
    output: experiment,
  }),
  setMetricDirection: route({
    method: 'POST',
    path: '/experiments/:experimentId/metric-direction',
    summary: 'Say which values of a metric are better in an experiment; null leaves it to its name',
    panels: ['compare'],
    input: experimentId.extend({ metric: z.string().min(1).max(230), direction: z.enum(['lower', 'higher', 'none']).nullable() }),
    output: experiment,
  }),
  deleteExperiment: route({ method: 'DELETE', path: '/experiments/:experimentId', summary: 'Delete an experiment with its runs; both can be restored', input: experimentId, output: empty }),
  restoreExperiment: route({ method: 'POST', path: '/experiments/:experimentId/restore', summary: 'Bring back a deleted experiment with its runs', input: experimentId, output: experiment }),
  deleteLoggedModel: route({
    method: 'DELETE',
    path: '/logged-models/:modelId',
    summary: 'Delete a logged model; it can be restored',
    input: z.object({ modelId: z.string() }),
    output: empty,
  }),
  restoreLoggedModel: route({
    method: 'POST',
    path: '/logged-models/:modelId/restore',
    summary: 'Bring back a deleted logged model',
    input: z.object({ modelId: z.string() }),
    output: empty,
  }),
  listDeleted: route({
    method: 'GET',
    path: '/deleted',
    summary: 'Deleted experiments, runs and logged models, the latest first',
    input: z.object({ limit: count.max(1000).default(200) }),
    output: deletedItems,
  }),
};
