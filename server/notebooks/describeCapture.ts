import type { Capture } from '../contract/notebooks.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import type { StoredCapture } from './captureStore.ts';
import type { CellRuns } from './cellRuns.ts';

/** A captured run with all that is known of it. */
export function describeCapture({ store, tracking }: CapturedRuns, cellRuns: CellRuns, capture: StoredCapture): Capture {
  const run = tracking.run(capture.runId);
  const later = Object.entries(run.tags).flatMap(([key, value]) => {
    const name = /^slipway\.parameter\.(.+)$/.exec(key)?.[1];
    return name === undefined ? [] : [[name, value] as const];
  });
  return {
    runId: capture.runId,
    notebook: capture.notebook,
    ...(capture.kernel === undefined ? {} : { kernel: capture.kernel }),
    startedAt: capture.startedAt,
    ...(capture.endedAt === undefined ? {} : { endedAt: capture.endedAt }),
    parameters: { ...run.params, ...Object.fromEntries(later) },
    ...(capture.git === undefined ? {} : { git: capture.git }),
    data: store.data(capture.runId),
    executions: store.executions(capture.runId),
    results: cellRuns.ofCapture(capture.runId),
  };
}
