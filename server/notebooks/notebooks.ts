import { Router } from 'express';
import { captureRoutes } from '../contract/notebooks.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import { createCapturedRuns } from './capturedRuns.ts';
import type { CaptureTracking } from './captureTracking.ts';
import { createCellHistory } from './cellHistory.ts';
import { createCellRuns } from './cellRuns.ts';
import { createFigures } from './figures.ts';
import { createNotebookVersions } from './notebookVersions.ts';
import { readingCalls } from './readingCalls.ts';
import { createRecordCells } from './recordCells.ts';
import { recordingCalls } from './recordingCalls.ts';

export interface Notebooks extends Feature {
  /** `name==version` lines of the kernel of a captured run; undefined where they were not recorded. */
  kernelPackages(captureRunId: string): string[] | undefined;
}

/** Captured runs: what a notebook's own execution did, recorded without tracking code. */
export function createNotebooks(context: CompanionContext, tracking: CaptureTracking): Notebooks {
  const { database, events } = context;
  const runs = createCapturedRuns(database, events, tracking);
  const cellRuns = createCellRuns(runs);
  const versions = createNotebookVersions(database);
  const figures = createFigures(tracking.stores);
  const history = createCellHistory(database, (runId) => tracking.run(runId).name);
  const record = createRecordCells(context, runs, cellRuns, figures);
  const router = Router();
  implementAll(router, captureRoutes, {
    ...recordingCalls(context, runs, cellRuns, record, versions),
    ...readingCalls({ runs, cellRuns, versions, history, figures }),
  });
  return { router, kernelPackages: (captureRunId) => runs.store.packages(captureRunId) };
}
