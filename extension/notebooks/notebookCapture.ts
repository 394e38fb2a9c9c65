import { type Disposable, type LogOutputChannel, type NotebookCell, NotebookCellKind, type NotebookDocument, type NotebookDocumentChangeEvent, workspace } from 'vscode';
import type { CellExecution, CellResults, NotebookCell as RecordedCell } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { cellId, cellTags, kernelOf } from './cellIdentity.ts';
import { createCellRecords, passes, type RecordingState } from './cellRecords.ts';
import { type CellEvent, createCellTracker, type ExecutionSummary } from './cellTracker.ts';
import { watchKernelEnd } from './jupyterKernel.ts';
import { createCellReader, sameCells } from './notebookCells.ts';
import { captureOutputs } from './outputs.ts';

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

/** One captured run: known to the companion once `started` resolves. */
interface Segment {
  started: Promise<string> | undefined;
  runId: string | undefined;
  lastOrder: number;
  /** Its kernel has ended: the next execution belongs to another run. */
  over: boolean;
  kernel: Promise<Disposable | undefined> | undefined;
  /** The cells that were recorded last. */
  cells: readonly RecordedCell[] | undefined;
}

interface Begun {
  readonly source: string;
  readonly index: number;
  readonly at: number;
  /** The notebook when the cell began. */
  readonly cells: readonly RecordedCell[];
  segment: Segment;
  /** Waits to announce the cell. */
  timer: NodeJS.Timeout | undefined;
}

/** A cell that ends sooner is not announced: what it logged is linked when it is recorded. */
const announceMilliseconds = 50;

function isEmpty({ executionOrder, success, timing }: ExecutionSummary): boolean {
  return (executionOrder ?? success ?? timing) === undefined;
}

export function createNotebookCapture(options: CaptureOptions): NotebookCapture {
  const { notebook, connection, log } = options;
  const tracker = createCellTracker<NotebookCell>();
  const begun = new WeakMap<NotebookCell, Begun>();
  const readCells = createCellReader();
  let segment: Segment | undefined;

  const startSegment = async (started: Segment): Promise<string> => {
    const { name, pythonVersion } = kernelOf(notebook.metadata);
    const folder = workspace.getWorkspaceFolder(notebook.uri);
    const { runId } = await connection.call('startCapture', {
      notebook: notebook.uri.fsPath,
      ...(folder === undefined ? {} : { workspace: folder.uri.fsPath }),
      ...(name === undefined ? {} : { kernel: name }),
      ...(pythonVersion === undefined ? {} : { pythonVersion }),
    });
    started.runId = runId;
    started.kernel ??= watchKernelEnd(notebook, () => kernelEnded(started));
    options.onProgress();
    return runId;
  };

  /** The companion's id of a captured run; asked for once, and again where that failed. */
  const runIdOf = (wanted: Segment): Promise<string> => {
    wanted.started ??= startSegment(wanted).catch((error: unknown) => {
      wanted.started = undefined;
      throw error;
    });
    return wanted.started;
  };

  const records = createCellRecords<Segment>({ notebook: notebook.uri.fsPath, connection, log, runIdOf, onResults: options.onResults, onChange: options.onProgress });

  const endSegment = (ended: Segment | undefined): void => {
    void ended?.kernel?.then((watching) => {
      watching?.dispose();
    });
    records.flush();
    records.enqueue(async () => {
      if (ended?.started !== undefined) {
        await connection.call('endCapture', { runId: await runIdOf(ended) });
      }
    });
  };

  /** A run whose kernel has ended waits only for the cells that ended with it. */
  const endIfOver = (candidate: Segment): void => {
    if (candidate.over && candidate === segment && !notebook.getCells().some((cell) => tracker.isRunning(cell))) {
      endSegment(candidate);
      segment = undefined;
      options.onProgress();
    }
  };

  const kernelEnded = (of: Segment): void => {
    of.over = true;
    endIfOver(of);
  };

  /** A kernel counts from 1 up: a count that falls back belongs to another kernel. */
  const segmentFor = (order: number | undefined): Segment => {
    if (segment === undefined || segment.over || (order !== undefined && order <= segment.lastOrder)) {
      endSegment(segment);
      segment = { started: undefined, runId: undefined, lastOrder: 0, over: false, kernel: undefined, cells: undefined };
    }
    segment.lastOrder = order ?? segment.lastOrder;
    return segment;
  };

  const announce = async (cell: NotebookCell, { segment: into, index }: Begun, at: number): Promise<void> => {
    try {
      await connection.call('beginCell', { runId: await runIdOf(into), cellId: cellId(cell), cellIndex: index, startedAt: at });
    } catch (error) {
      log.debug(`the begin of a cell was not announced: ${describeFailure(error)}`);
    }
  };

  /** Announcements do not wait behind records: a run that the cell creates must find its cell, and not that of another notebook. */
  const begin = (cell: NotebookCell, at: number): void => {
    const started: Begun = { source: cell.document.getText(), index: cell.index, at, cells: readCells(notebook), segment: segmentFor(undefined), timer: undefined };
    begun.set(cell, started);
    const announceNow = (): void => {
      started.timer = undefined;
      if (started.segment === segment) {
        options.announced.add(notebook);
        void announce(cell, started, at);
      }
    };
    if ([...options.announced].some((other) => other !== notebook)) {
      announceNow();
    } else {
      started.timer = setTimeout(announceNow, announceMilliseconds);
    }
  };

  const count = (cell: NotebookCell, at: number, order: number): void => {
    const started = begun.get(cell);
    if (started === undefined) {
      return;
    }
    const into = segmentFor(order);
    if (into !== started.segment) {
      started.segment = into;
      if (started.timer === undefined) {
        void announce(cell, started, at);
      }
    }
  };

  /** The notebook itself, when it changed since it was recorded last. */
  const recordNotebook = (into: Segment, { cells, at }: Begun): void => {
    if (sameCells(into.cells, cells)) {
      return;
    }
    into.cells = cells;
    records.enqueue(async () => {
      try {
        await connection.call('recordNotebook', { runId: await runIdOf(into), recordedAt: at, cells: [...cells] });
      } catch (error) {
        if (passes(error)) {
          throw error;
        }
        // Its executions are recorded all the same.
        log.warn(`the cells of ${notebook.uri.fsPath} were not recorded: ${describeFailure(error)}`);
      }
    });
  };

  const record = (cell: NotebookCell, event: Extract<CellEvent, { kind: 'ended' }>): void => {
    const started: Begun = begun.get(cell) ?? {
      source: cell.document.getText(),
      index: cell.index,
      at: Math.round(event.startedAt),
      cells: readCells(notebook),
      segment: segmentFor(undefined),
      timer: undefined,
    };
    const wasAnnounced = started.timer === undefined;
    clearTimeout(started.timer);
    const order = event.executionOrder;
    const isCounted = order === undefined || started.segment.lastOrder === order;
    const into = isCounted ? started.segment : segmentFor(order);
    const execution: CellExecution = {
      cellId: cellId(cell),
      cellIndex: started.index,
      language: cell.document.languageId,
      tags: cellTags(cell),
      source: started.source,
      startedAt: Math.round(event.startedAt),
      endedAt: Math.round(event.endedAt),
      success: event.success,
      outputs: captureOutputs(cell.outputs),
      ...(order === undefined ? {} : { executionCount: order }),
    };
    recordNotebook(into, started);
    records.add(into, execution);
    if (wasAnnounced) {
      options.announced.delete(notebook);
      records.flush();
    }
    endIfOver(into);
  };

  const follow = (cell: NotebookCell, happened: CellEvent): void => {
    switch (happened.kind) {
      case 'begun':
        begin(cell, happened.at);
        break;
      case 'counted':
        count(cell, happened.at, happened.executionOrder);
        break;
      case 'ended':
        record(cell, happened);
    }
  };

  return {
    get progress() {
      return { runId: segment?.runId, ...records.state };
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
      endSegment(segment);
      segment = undefined;
      options.announced.delete(notebook);
      records.reset();
    },
    drain: (milliseconds) => records.drain(milliseconds),
    dispose: () => void records.stop(),
  };
}
