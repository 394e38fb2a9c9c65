import { z } from 'zod';
import { count, digest, empty, metricValue, timestamp } from './values.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';

/**
 * One MIME item of a cell's output. Images are base64; `truncated` says that the size limit cut it. `artifact` is the path of a figure
 * among the artifacts of the captured run, which hold its content; answers about one cell or one notebook have it here too.
 */
export const cellOutput = z.object({
  mime: z.string(),
  content: z.string(),
  encoding: z.enum(['text', 'base64']),
  truncated: z.boolean().default(false),
  artifact: z.string().optional(),
});
export type CellOutput = z.infer<typeof cellOutput>;

/** One execution of one cell. */
export const cellExecution = z.object({
  cellId: z.string(),
  cellIndex: z.number().int().nonnegative(),
  /** The kernel's execution count, when it gave one. */
  executionCount: z.number().int().optional(),
  language: z.string().default('python'),
  tags: z.array(z.string()).default([]),
  source: z.string(),
  startedAt: timestamp,
  endedAt: timestamp,
  success: z.boolean(),
  outputs: z.array(cellOutput).max(200).default([]),
});
export type CellExecution = z.infer<typeof cellExecution>;

/** A cell of a notebook as it was at some time, executed or not. */
export const notebookCell = z.object({
  cellId: z.string().max(200),
  kind: z.enum(['code', 'markdown']),
  language: z.string().max(100).default('python'),
  tags: z.array(z.string().max(200)).max(100).default([]),
  source: z.string(),
});
export type NotebookCell = z.infer<typeof notebookCell>;

/** A notebook as it was at a captured run, with the outputs that its cells had then. */
export const capturedNotebook = z.object({
  runId: z.string(),
  notebook: z.string(),
  recordedAt: timestamp,
  /** False when only the cells that were executed are known. */
  complete: z.boolean(),
  cells: z.array(
    notebookCell.extend({ executionCount: z.number().int().optional(), outputs: z.array(cellOutput), /** Whether it was executed by then. */ executed: z.boolean() }),
  ),
});
export type CapturedNotebook = z.infer<typeof capturedNotebook>;

/** A cell that two notebooks do not have alike; its place in each that has it, from 0. */
export const cellDifference = z.object({
  cellId: z.string(),
  change: orText(z.enum(['changed', 'added', 'removed'])),
  from: z.number().int().nonnegative().optional(),
  to: z.number().int().nonnegative().optional(),
  kind: orText(z.enum(['code', 'markdown'])),
  /** Its first line, the later one of two. */
  title: z.string(),
});
export type CellDifference = z.infer<typeof cellDifference>;

/** How the notebooks of two runs differ, each as it was when its run began or, of a captured run, ended. */
export const notebookComparison = z.object({
  /** False where the notebook of one of the runs was not recorded. */
  recorded: z.boolean(),
  /** Paths of the two notebooks. */
  notebooks: z.array(z.string()),
  cells: z.array(cellDifference),
  equal: z.number().int().nonnegative(),
});
export type NotebookComparison = z.infer<typeof notebookComparison>;

/** One execution of a cell among those of all captured runs. */
export const cellHistoryEntry = z.object({
  runId: z.string(),
  runName: z.string(),
  /** Place among the executions of its captured run, from 1 up. */
  sequence: z.number().int().positive(),
  startedAt: timestamp,
  endedAt: timestamp,
  success: z.boolean(),
  executionCount: z.number().int().optional(),
  /** The sha256 of the source, so that changes show. */
  sourceDigest: digest,
  /** The first line that the cell printed, returned or raised; absent where there is none. */
  firstLine: z.string().optional(),
  figures: z.number().int().nonnegative(),
});
export type CellHistoryEntry = z.infer<typeof cellHistoryEntry>;

/** One execution of a captured run, without its outputs. */
export const executionEntry = cellHistoryEntry.omit({ runId: true, runName: true, figures: true, sourceDigest: true }).extend({
  cellId: z.string(),
  cellIndex: z.number().int().nonnegative(),
  /** The first line of the source that is no comment. */
  title: z.string(),
  /** Paths of its figures among the artifacts of the run. */
  figures: z.array(z.string()),
});
export type ExecutionEntry = z.infer<typeof executionEntry>;

/** A run that an MLflow client logged while a cell of a captured run executed. */
export const linkedRun = z.object({ captureRunId: z.string(), cellId: z.string(), cellIndex: z.number().int().nonnegative(), runId: z.string(), name: z.string() });
export type LinkedRun = z.infer<typeof linkedRun>;

export const gitState = z.object({ commit: z.string(), branch: z.string().optional(), dirty: z.boolean(), remote: z.string().optional() });
export type GitState = z.infer<typeof gitState>;

/** A data file that cells name, as it was when they ran. */
export const dataReference = z.object({
  path: z.string(),
  sha256: digest,
  bytes: z.number().int().nonnegative(),
  modifiedAt: timestamp,
});
export type DataReference = z.infer<typeof dataReference>;

/** What a cell's execution led to. */
export const cellResults = z.object({
  cellId: z.string(),
  runs: z.array(z.object({ runId: z.string(), name: z.string(), experimentId: z.string() })),
  models: z.array(z.object({ modelId: z.string(), name: z.string(), runId: z.string() })),
});
export type CellResults = z.infer<typeof cellResults>;

export const capture = z.object({
  runId: z.string(),
  notebook: z.string(),
  kernel: z.string().optional(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  parameters: z.record(z.string(), z.string()),
  git: gitState.optional(),
  data: z.array(dataReference),
  executions: z.array(cellExecution),
  results: z.array(cellResults),
});
export type Capture = z.infer<typeof capture>;

const runId = z.object({ runId: z.string() });

export const captureRoutes = {
  startCapture: route({
    method: 'POST',
    path: '/captures',
    summary: 'Begin a captured run: a notebook with a fresh kernel',
    input: z.object({
      notebook: z.string().min(1),
      workspace: z.string().optional(),
      kernel: z.string().max(200).optional(),
      /** Exact versions of what the kernel has installed, where the client knows them: `name==version` lines. */
      packages: z.array(z.string()).max(5000).optional(),
      pythonVersion: z.string().max(50).optional(),
    }),
    output: z.object({ runId: z.string(), experimentId: z.string() }),
  }),
  beginCell: route({
    method: 'POST',
    path: '/captures/:runId/cells/begin',
    summary: 'A cell starts to execute: runs that MLflow clients create from now on belong to it',
    input: runId.extend({ cellId: z.string(), cellIndex: z.number().int().nonnegative(), startedAt: timestamp }),
    output: empty,
  }),
  recordCell: route({
    method: 'POST',
    path: '/captures/:runId/cells',
    summary: 'A cell has executed',
    input: runId.extend({ execution: cellExecution }),
    output: cellResults,
  }),
  recordCells: route({
    method: 'POST',
    path: '/captures/:runId/executions',
    summary: 'Cells have executed, in this order: all of them are recorded, or none; one that is sent again is recorded once. The results are those of each cell after the last',
    input: runId.extend({ executions: z.array(cellExecution).min(1).max(1000) }),
    output: z.object({ results: z.array(cellResults) }),
  }),
  recordNotebook: route({
    method: 'POST',
    path: '/captures/:runId/notebook',
    summary: 'The cells of the notebook as they are now; the same cells again cost nothing',
    input: runId.extend({ recordedAt: timestamp, cells: z.array(notebookCell).max(5000) }),
    output: z.object({ digest }),
  }),
  getCapturedNotebook: route({
    method: 'GET',
    path: '/captures/:runId/notebook',
    summary: 'The notebook as it was at a captured run: at its end, or at a time',
    input: runId.extend({ at: z.coerce.number().int().nonnegative().optional() }),
    output: capturedNotebook,
  }),
  maskTexts: route({
    method: 'POST',
    path: '/masked-texts',
    summary: 'Texts of a notebook as a captured run would keep them: what looks like a secret is masked',
    input: z.object({ texts: z.array(z.string()).max(1_000_000) }),
    output: z.object({ texts: z.array(z.string()) }),
  }),
  compareNotebooks: route({
    method: 'GET',
    path: '/notebook-comparison',
    summary: 'Which cells differ between the notebooks of two runs',
    panels: ['compare'],
    input: z.object({ from: z.string(), to: z.string() }),
    output: notebookComparison,
  }),
  getCellHistory: route({
    method: 'GET',
    path: '/cell-history',
    summary: 'The executions of one cell of a notebook across captured runs, the latest first; `total` counts those beyond the limit too',
    input: z.object({ notebook: z.string(), cellId: z.string(), limit: count.max(1000).default(200) }),
    output: z.object({ executions: z.array(cellHistoryEntry), total: z.number().int().nonnegative() }),
  }),
  getCellExecution: route({
    method: 'GET',
    path: '/captures/:runId/executions/:sequence',
    summary: 'One execution of a cell with its source, its outputs and their figures',
    input: runId.extend({ sequence: count }),
    output: cellExecution,
  }),
  listExecutions: route({
    method: 'GET',
    path: '/captures/:runId/executions',
    summary: 'What a captured run executed, in order: the latest executions where there are more',
    panels: ['compare'],
    input: runId.extend({ limit: count.max(1000).default(200) }),
    output: z.object({ executions: z.array(executionEntry), total: z.number().int().nonnegative() }),
  }),
  listLinkedRuns: route({
    method: 'POST',
    path: '/captures/linked-runs',
    summary: 'The runs that MLflow clients logged from the cells of captured runs, each captured run’s in the order in which they were created',
    panels: ['compare'],
    input: z.object({ runIds: z.array(z.string()).min(1).max(500) }),
    output: z.object({ runs: z.array(linkedRun) }),
  }),
  keepMetrics: route({
    method: 'POST',
    path: '/captures/:runId/cells/:cellId/metrics',
    summary: 'Keep numbers of a cell’s last execution as metrics of the captured run: all that its outputs name, or its only number by a name. Tagged so, the cell gives them from then on',
    input: runId.extend({ cellId: z.string(), /** Of the number; absent where the outputs name theirs. */ name: z.string().trim().regex(/^[\w\-. /@]{1,250}$/, 'letters, digits and _-. /@ only').optional() }),
    output: z.object({ metrics: z.record(z.string(), metricValue), /** What the cell is to be tagged with. */ tag: z.string() }),
  }),
  recordPackages: route({
    method: 'POST',
    path: '/captures/:runId/packages',
    summary: 'What the kernel has installed',
    input: runId.extend({ packages: z.array(z.string()).max(5000), pythonVersion: z.string().max(50) }),
    output: empty,
  }),
  endCapture: route({
    method: 'POST',
    path: '/captures/:runId/end',
    summary: 'The kernel ended or was restarted, or the notebook was closed',
    input: runId.extend({ status: z.enum(['FINISHED', 'FAILED', 'KILLED']).default('FINISHED') }),
    output: empty,
  }),
  getCapture: route({ method: 'GET', path: '/captures/:runId', summary: 'A captured run with its cells', input: runId, output: capture }),
  getExecutingCapture: route({
    method: 'GET',
    path: '/executing-capture',
    summary: 'The captured run that a kernel logs to: that of its notebook, or of the only one that executes',
    input: z.object({ notebook: z.string().optional() }),
    output: z.object({ runId: z.string().optional() }),
  }),
  getNotebookResults: route({
    method: 'GET',
    path: '/notebook-results',
    summary: 'The runs and models of the latest captured run of a notebook, by cell',
    input: z.object({ notebook: z.string() }),
    output: z.object({ runId: z.string().optional(), cells: z.array(cellResults) }),
  }),
};
