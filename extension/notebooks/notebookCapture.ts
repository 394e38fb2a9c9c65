import { type LogOutputChannel, type NotebookCell, NotebookCellKind, type NotebookDocument, type NotebookDocumentChangeEvent } from 'vscode';
import type { CellExecution, CellResults } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { createCaptureSegments, type Segment } from './captureSegments.ts';
import { createCellBeginnings, type Beginning } from './cellBeginnings.ts';
import { cellId, cellTags } from './cellIdentity.ts';
import { createCellRecords, passes, type RecordingState } from './cellRecords.ts';
import { type CellEvent, createCellTracker, type ExecutionSummary } from './cellTracker.ts';
import { sameCells } from './notebookCells.ts';
import { captureOutputs } from './outputs.ts';
import { recordedPath } from './recordedFile.ts';

/** How the recording of a notebook stands. */
export interface CaptureProgress extends RecordingState {
  readonly runId: string | undefined;
}

/** Records the executions of one notebook, in order, without holding the cells up. */
export interface NotebookCapture {
  readonly progress: CaptureProgress;
  observe(event: NotebookDocumentChangeEvent): void;
  isRunning(cell: NotebookCell): boolean;
  /** Ends the captured run; the next execution begins another one. */
  end(): void;
  drain(milliseconds: number): Promise<void>;
  dispose(): void;
}

export interface CaptureOptions {
  readonly notebook: NotebookDocument;
  readonly connection: Connection;
  readonly log: LogOutputChannel;
  readonly isWanted: () => boolean;
  /** Notebooks of this window of which the companion knows that a cell executes. */
  readonly announced: Set<NotebookDocument>;
  readonly onProgress: () => void;
  readonly onResults: (results: CellResults) => void;
}

type Ended = Extract<CellEvent, { kind: 'ended' }>;

function isEmpty({ executionOrder, success, timing }: ExecutionSummary): boolean {
  return (executionOrder ?? success ?? timing) === undefined;
}

/** What is recorded of an execution that has ended. */
function executionOf(cell: NotebookCell, { source, index }: Beginning, { startedAt, endedAt, success, executionOrder }: Ended): CellExecution {
  return {
    cellId: cellId(cell),
    cellIndex: index,
    language: cell.document.languageId,
    tags: cellTags(cell),
    source,
    startedAt: Math.round(startedAt),
    endedAt: Math.round(endedAt),
    success,
    outputs: captureOutputs(cell.outputs),
    ...(executionOrder === undefined ? {} : { executionCount: executionOrder }),
  };
}

export function createNotebookCapture(options: CaptureOptions): NotebookCapture {
  const { notebook, connection, log } = options;
  const tracker = createCellTracker<NotebookCell>();
  const segments = createCaptureSegments({
    notebook,
    connection,
    isExecuting: () => notebook.getCells().some((cell) => tracker.isRunning(cell)),
    onProgress: options.onProgress,
    onEnd(ended) {
      records.flush();
      records.enqueue(async () => {
        if (ended?.started !== undefined) {
          await connection.call('endCapture', { runId: await segments.runIdOf(ended) });
        }
      });
    },
  });
  const records = createCellRecords<Segment>({
    notebook: recordedPath(notebook),
    connection,
    log,
    runIdOf: (segment) => segments.runIdOf(segment),
    onResults: options.onResults,
    onChange: options.onProgress,
  });

  const beginnings = createCellBeginnings({ notebook, connection, log, segments, announced: options.announced });

  /** The notebook itself, when it changed since it was recorded last. */
  const recordNotebook = (into: Segment, { cells, at }: Beginning): void => {
    if (sameCells(into.cells, cells)) {
      return;
    }
    into.cells = cells;
    records.enqueue(async () => {
      try {
        await connection.call('recordNotebook', { runId: await segments.runIdOf(into), recordedAt: at, cells: [...cells] });
      } catch (error) {
        if (passes(error)) {
          throw error;
        }
        // Its executions are recorded all the same.
        log.warn(`the cells of ${recordedPath(notebook)} were not recorded: ${describeFailure(error)}`);
      }
    });
  };

  const record = (cell: NotebookCell, event: Ended): void => {
    const { beginning, wasAnnounced } = beginnings.end(cell, Math.round(event.startedAt));
    const order = event.executionOrder;
    const isCounted = order === undefined || beginning.segment.lastOrder === order;
    const into = isCounted ? beginning.segment : segments.segmentFor(order);
    recordNotebook(into, beginning);
    records.add(into, executionOf(cell, beginning, event));
    if (wasAnnounced) {
      options.announced.delete(notebook);
      records.flush();
    }
    segments.endIfOver(into);
  };

  const follow = (cell: NotebookCell, happened: CellEvent): void => {
    switch (happened.kind) {
      case 'begun':
        beginnings.begin(cell, happened.at);
        break;
      case 'counted':
        beginnings.count(cell, happened.at, happened.executionOrder);
        break;
      case 'ended':
        record(cell, happened);
    }
  };

  return {
    get progress() {
      return { runId: segments.current?.runId, ...records.state };
    },
    observe(event) {
      // Executions begin one by one; only "Clear All Outputs" empties several summaries at once.
      const emptied = event.cellChanges.filter(({ executionSummary }) => executionSummary !== undefined && isEmpty(executionSummary));
      const cleared = emptied.length > 1;
      for (const { cell, executionSummary } of event.cellChanges) {
        if (executionSummary === undefined || cell.kind !== NotebookCellKind.Code) {
          continue;
        }
        if (cleared) {
          tracker.forget(cell);
          continue;
        }
        for (const happened of tracker.observe(cell, cell.executionSummary)) {
          if (options.isWanted()) {
            follow(cell, happened);
          }
        }
      }
    },
    isRunning: (cell) => tracker.isRunning(cell),
    end() {
      segments.end();
      options.announced.delete(notebook);
      records.reset();
    },
    drain: (milliseconds) => records.drain(milliseconds),
    dispose: () => void records.stop(),
  };
}
