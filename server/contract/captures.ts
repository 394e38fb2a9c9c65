import { z } from 'zod';
import { digest, empty, timestamp } from './values.ts';
import { route } from './route.ts';

/** One MIME item of a cell's output. Images are base64; `truncated` says that the size limit cut it. */
export const cellOutput = z.object({
  mime: z.string(),
  content: z.string(),
  encoding: z.enum(['text', 'base64']),
  truncated: z.boolean().default(false),
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
  getNotebookResults: route({
    method: 'GET',
    path: '/notebook-results',
    summary: 'The runs and models of the latest captured run of a notebook, by cell',
    input: z.object({ notebook: z.string() }),
    output: z.object({ runId: z.string().optional(), cells: z.array(cellResults) }),
  }),
};
