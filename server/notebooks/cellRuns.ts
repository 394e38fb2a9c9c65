import type { CellResults } from '../contract/notebooks.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import type { ExecutingCell, StoredCapture } from './captureStore.ts';
import { linkTags } from './linkTags.ts';
import { createUnlinkedRuns } from './unlinkedRuns.ts';

const kernelUser = /^nb-([0-9a-f]{32})$/;

/** Which runs the cells of captured notebooks have logged. */
export interface CellRuns {
  /** Links what the kernel created before the cell was announced, or without that it ever was; times in epoch milliseconds. */
  linkEarly(capture: StoredCapture, cell: Pick<ExecutingCell, 'cellId' | 'cellIndex'>, from: number, to: number | undefined): void;
  /** Runs and models that a cell has logged. */
  ofCell(captureRunId: string, cellId: string): CellResults;
  /** The same of all cells that have logged something. */
  ofCapture(captureRunId: string): CellResults[];
}

/** Follows the runs that kernels create. */
export function createCellRuns(runs: CapturedRuns): CellRuns {
  const { store, tracking } = runs;
  const unlinked = createUnlinkedRuns();

  const link = (loggedRunId: string, capture: StoredCapture, { cellId, cellIndex }: Pick<ExecutingCell, 'cellId' | 'cellIndex'>): void => {
    store.link({ loggedRunId, captureRunId: capture.runId, cellId, cellIndex });
    tracking.setTags(loggedRunId, linkTags({ capture, cellId, cellIndex, data: store.data(capture.runId) }));
    runs.publish(capture);
  };

  /** The cell that a new run belongs to: the kernel says so by its user name, or exactly one captured notebook is executing. */
  tracking.onRunCreated((created) => {
    const executing = store.executing();
    const named = kernelUser.exec(created.userName ?? '')?.[1];
    const cell = named === undefined ? (executing.length === 1 ? executing[0] : undefined) : executing.find(({ captureRunId }) => captureRunId === named);
    if (cell !== undefined) {
      link(created.runId, runs.open(cell.captureRunId), cell);
    } else if (named !== undefined || executing.length === 0) {
      unlinked.add({ runId: created.runId, named, createdAt: Date.now() });
    }
  });

  const ofCell = (captureRunId: string, cellId: string): CellResults => {
    const logged = store
      .linked(captureRunId)
      .filter((linked) => linked.cellId === cellId)
      .map(({ loggedRunId }) => tracking.loggedRun(loggedRunId));
    return {
      cellId,
      runs: logged.map(({ runId, name, experimentId }) => ({ runId, name, experimentId })),
      models: logged.flatMap((run) => run.models.map(({ modelId, name }) => ({ modelId, name, runId: run.runId }))),
    };
  };

  return {
    linkEarly(capture, cell, from, to) {
      for (const { runId } of unlinked.claim(capture.runId, from, to)) {
        // Its kernel may have deleted it again: a cell is recorded all the same.
        if (tracking.isActive(runId)) {
          link(runId, capture, cell);
        }
      }
    },
    ofCell,
    ofCapture(captureRunId) {
      const cells = [...new Set(store.linked(captureRunId).map(({ cellId }) => cellId))];
      return cells.map((cellId) => ofCell(captureRunId, cellId));
    },
  };
}
