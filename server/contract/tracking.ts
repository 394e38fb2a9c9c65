import { z } from 'zod';
import { count, empty, metricValue, tags, timestamp } from './values.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';

export const runStatus = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']);
export type RunStatus = z.infer<typeof runStatus>;

export const experiment = z.object({
  experimentId: z.string(),
  name: z.string(),
  createdAt: timestamp,
  lastUpdatedAt: timestamp,
  /** Absent where the tracking server does not count them. */
  runs: z.number().optional(),
  tags,
});
export type Experiment = z.infer<typeof experiment>;

/** The notebook cell that a run came from. */
export const cellReference = z.object({
  /** Absolute path of the notebook. */
  notebook: z.string(),
  /** The captured run whose execution the cell belongs to. */
  captureRunId: z.string(),
  cellId: z.string(),
  /** Position in the notebook, from 0. */
  cellIndex: z.number().int(),
});
export type CellReference = z.infer<typeof cellReference>;

export const run = z.object({
  runId: z.string(),
  experimentId: z.string(),
  name: z.string(),
  status: orText(runStatus),
  /** `capture`: recorded from a notebook's own execution; `logged`: written by an MLflow client. */
  source: orText(z.enum(['logged', 'capture'])),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  user: z.string(),
  params: z.record(z.string(), z.string()),
  /** The latest value of each metric. */
  metrics: z.record(z.string(), metricValue),
  tags,
  cell: cellReference.optional(),
  /** LoggedModels that this run made. */
  models: z.array(z.object({ modelId: z.string(), name: z.string() })),
});
export type Run = z.infer<typeof run>;

/** A point of a curve. One that stands for several has the means of their steps, times and values, and their extremes. */
export const metricPoint = z.object({ step: z.number(), timestamp: z.number(), value: metricValue, low: metricValue.optional(), high: metricValue.optional() });
export type CurvePoint = z.infer<typeof metricPoint>;
/** `total`: how many points were logged there. */
export const metricSeries = z.object({ runId: z.string(), key: z.string(), points: z.array(metricPoint), total: z.number() });
export type MetricSeries = z.infer<typeof metricSeries>;

/** One row of a comparison: what each compared run has under one key; absent where a run lacks it. */
export const comparisonRow = z.object({
  kind: orText(z.enum(['param', 'metric', 'tag', 'environment', 'data', 'code', 'signature'])),
  key: z.string(),
  values: z.array(z.union([metricValue, z.string()]).nullable()),
  differs: z.boolean(),
});
export type ComparisonRow = z.infer<typeof comparisonRow>;
/** What is compared at once. */
export const mostComparedRuns = 100;
export const comparison = z.object({ runs: z.array(run), rows: z.array(comparisonRow) });
export type Comparison = z.infer<typeof comparison>;

/**
 * Many runs as a table: what each run is, and a column for each of their params and metrics. A tenth of the bytes of as many records, and
 * quick to pass on: a column is one value on its way.
 */
export const runTable = z.object({
  runs: z.array(run.omit({ params: true, metrics: true })),
  params: z.array(
    z.object({
      key: z.string(),
      /** Each value once. */
      values: z.array(z.string()),
      /** One a run: the place of its value in `values`; -1 where it has none. */
      places: z.array(z.number().int()),
    }),
  ),
  metrics: z.array(
    z.object({
      key: z.string(),
      /** The latest values, one a run: 64-bit floats, little-endian, in base64. NaN where a run has none. */
      values: z.string(),
      /** The places of runs whose value is not a number. */
      nan: z.array(z.number().int()),
    }),
  ),
});
export type RunTablePart = z.infer<typeof runTable>;

/** What of the deleted is removed for good. Nothing named: all of it. */
export const purgeSelection = z.object({
  runIds: z.array(z.string()).max(10_000).optional(),
  experimentIds: z.array(z.string()).max(10_000).optional(),
  /** LoggedModels. */
  modelIds: z.array(z.string()).max(10_000).optional(),
  /** Only what was deleted before this time. */
  deletedBefore: timestamp.optional(),
});
export const purgeReport = z.object({
  experiments: z.number(),
  runs: z.number(),
  /** LoggedModels: deleted ones, and those that the runs made. */
  models: z.number(),
  files: z.number(),
  /** Bytes of their content that nothing else uses; on the disk they are free within a few minutes. */
  bytes: z.number(),
  /** What stays although it is deleted, and why. */
  kept: z.array(z.object({ kind: orText(z.enum(['experiment', 'run', 'model'])), id: z.string(), reason: z.string() })),
});
export type PurgeReport = z.infer<typeof purgeReport>;

export const trackingRoutes = {
  listExperiments: route({
    method: 'GET',
    path: '/experiments',
    summary: 'Active experiments, the most recently used first',
    panels: ['compare', 'registry'],
    input: empty,
    output: z.object({ experiments: z.array(experiment) }),
  }),
  listRuns: route({
    method: 'GET',
    path: '/runs',
    summary: 'Runs, the newest first',
    panels: ['compare'],
    input: z.object({
      experimentId: z.string().optional(),
      notebook: z.string().optional(),
      /** In the grammar of MLflow's `filter_string`, with OR, parentheses and IN. */
      filter: z.string().optional(),
      limit: count.max(1000).default(200),
    }),
    output: z.object({ runs: z.array(run), truncated: z.boolean() }),
  }),
  listRunIds: route({
    method: 'GET',
    path: '/run-ids',
    summary: 'Ids of the active runs, the newest first',
    panels: ['compare'],
    input: z.object({ experimentId: z.string().optional(), limit: count.max(50_000).default(10_000) }),
    output: z.object({ runIds: z.array(z.string()), truncated: z.boolean() }),
  }),
  readRunTable: route({
    method: 'POST',
    path: '/runs/table',
    summary: 'Active runs as a table, in the order of the ids; ids of no active run are left out',
    panels: ['compare'],
    input: z.object({ runIds: z.array(z.string()).min(1).max(500) }),
    output: runTable,
  }),
  getRun: route({ method: 'GET', path: '/runs/:runId', summary: 'One run', input: z.object({ runId: z.string() }), output: run }),
  renameRun: route({
    method: 'POST',
    path: '/runs/:runId/rename',
    summary: 'Give a run another name',
    input: z.object({ runId: z.string(), name: z.string().min(1).max(250) }),
    output: run,
  }),
  deleteRun: route({ method: 'DELETE', path: '/runs/:runId', summary: 'Delete a run; it can be restored', input: z.object({ runId: z.string() }), output: empty }),
  restoreRun: route({ method: 'POST', path: '/runs/:runId/restore', summary: 'Bring back a deleted run', input: z.object({ runId: z.string() }), output: run }),
  setNote: route({
    method: 'POST',
    path: '/runs/:runId/note',
    summary: 'Write the note of a run (tag mlflow.note.content, Markdown); an empty one removes it',
    panels: ['compare'],
    input: z.object({ runId: z.string(), note: z.string().max(8000) }),
    output: run,
  }),
  moveRuns: route({
    method: 'POST',
    path: '/runs/move',
    summary: 'Move runs to another experiment, with their models and datasets',
    input: z.object({ runIds: z.array(z.string()).min(1).max(1000), experimentId: z.string() }),
    output: z.object({ moved: z.number() }),
  }),
  compareRuns: route({
    method: 'POST',
    path: '/runs/compare',
    summary: 'What runs have in common and where they differ',
    panels: ['compare'],
    input: z.object({ runIds: z.array(z.string()).min(1).max(mostComparedRuns) }),
    output: comparison,
  }),
  getMetricSeries: route({
    method: 'POST',
    path: '/runs/metric-series',
    summary: 'Histories of metrics, or a window of them, thinned to at most maxPoints a run with the extremes kept',
    panels: ['compare'],
    input: z.object({
      runIds: z.array(z.string()).min(1).max(100),
      keys: z.array(z.string()).min(1).max(50),
      maxPoints: count.min(3).max(5000).default(500),
      /** Steps, or epoch milliseconds; both ends belong to it. */
      window: z.object({ by: z.enum(['step', 'time']), from: z.number(), to: z.number() }).optional(),
    }),
    output: z.object({ series: z.array(metricSeries) }),
  }),
};

/** Removing for good; what versions of registered models need is kept, so that it is the registry that knows. */
export const purgeRoutes = {
  previewPurge: route({
    method: 'POST',
    path: '/purge/preview',
    summary: 'What removing deleted experiments, runs and models for good would remove and free',
    input: purgeSelection,
    output: purgeReport,
  }),
  purge: route({
    method: 'POST',
    path: '/purge',
    summary: 'Remove deleted experiments, runs and models for good; what a model version needs stays',
    input: purgeSelection,
    output: purgeReport,
  }),
};
