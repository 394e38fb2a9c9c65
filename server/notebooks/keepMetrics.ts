import type { captureRoutes } from '../contract/notebooks.ts';
import { toWire } from '../contract/metricValues.ts';
import { Problem } from '../platform/errors.ts';
import type { Handler } from '../platform/http/implement.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import { readCellMetrics } from './cellMetrics.ts';

/** Takes numbers of a cell that has executed as metrics of its captured run, by the rule that its tag stands for when it executes again. */
export function createKeepMetrics(runs: CapturedRuns): Handler<typeof captureRoutes.keepMetrics> {
  const { store, tracking } = runs;
  return ({ runId, cellId, name }) => {
    const capture = runs.open(runId);
    const last = store.executions(capture.runId).findLast((execution) => execution.cellId === cellId);
    if (last === undefined) {
      throw new Problem('not-found', `Cell ${cellId} has not been executed in this captured run.`, { field: 'cellId', remedy: 'Run it first.' });
    }
    const tag = name === undefined ? 'metrics' : `metric=${name}`;
    const metrics = readCellMetrics({ ...last, tags: [tag] });
    if (metrics.length === 0) {
      throw new Problem('invalid-input', name === undefined ? 'The outputs of the cell name no number.' : 'The cell does not end with one number alone.', {
        field: 'name',
        remedy: name === undefined ? 'Give the number a name, or print it with one: print(f"accuracy {a:.4f}").' : 'Let its last line be the number, or print it with a name.',
      });
    }
    tracking.logMetrics(capture.runId, metrics.map((metric) => ({ ...metric, at: last.endedAt })));
    runs.publish(capture);
    return { tag, metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, toWire(value)])) };
  };
}
