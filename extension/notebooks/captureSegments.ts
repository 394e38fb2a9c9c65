import { type Disposable, type NotebookDocument, workspace } from 'vscode';
import type { NotebookCell as RecordedCell } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { kernelOf } from './cellIdentity.ts';
import { watchKernelEnd } from './jupyterKernel.ts';
import { recordedFile, recordedPath } from './recordedFile.ts';

/** One captured run: known to the companion once `started` resolves. */
export interface Segment {
  started: Promise<string> | undefined;
  runId: string | undefined;
  lastOrder: number;
  /** Its kernel has ended: the next execution belongs to another run. */
  over: boolean;
  kernel: Promise<Disposable | undefined> | undefined;
  /** The cells that were recorded last. */
  cells: readonly RecordedCell[] | undefined;
}

/** The captured runs of a notebook, one after the other. */
export interface CaptureSegments {
  /** The one that executions go to; none before the first, and after the last has ended. */
  readonly current: Segment | undefined;
  /** The companion's id of a captured run; asked for once, and again where that failed. */
  runIdOf(segment: Segment): Promise<string>;
  /** The one that an execution belongs to. @param order its count, where it is known */
  segmentFor(order: number | undefined): Segment;
  /** Ends a run whose kernel has ended, once the cells that ended with it are recorded. */
  endIfOver(segment: Segment): void;
  end(): void;
}

export interface CaptureSegmentsOptions {
  readonly notebook: NotebookDocument;
  readonly connection: Connection;
  readonly isExecuting: () => boolean;
  readonly onProgress: () => void;
  /** Tells the companion that a run has ended, behind what is still to be recorded of it; also called where none had begun. */
  readonly onEnd: (ended: Segment | undefined) => void;
}

export function createCaptureSegments({ notebook, connection, isExecuting, onProgress, onEnd }: CaptureSegmentsOptions): CaptureSegments {
  let current: Segment | undefined;

  const start = async (segment: Segment): Promise<string> => {
    const { name, pythonVersion } = kernelOf(notebook.metadata);
    const folder = workspace.getWorkspaceFolder(recordedFile(notebook) ?? notebook.uri);
    const { runId } = await connection.call('startCapture', {
      notebook: recordedPath(notebook),
      ...(folder === undefined ? {} : { workspace: folder.uri.fsPath }),
      ...(name === undefined ? {} : { kernel: name }),
      ...(pythonVersion === undefined ? {} : { pythonVersion }),
    });
    segment.runId = runId;
    segment.kernel ??= watchKernelEnd(notebook, () => {
      segment.over = true;
      endIfOver(segment);
    });
    onProgress();
    return runId;
  };

  const end = (): void => {
    void current?.kernel?.then((watching) => {
      watching?.dispose();
    });
    onEnd(current);
    current = undefined;
  };

  const endIfOver = (segment: Segment): void => {
    if (segment.over && segment === current && !isExecuting()) {
      end();
      onProgress();
    }
  };

  return {
    get current() {
      return current;
    },
    runIdOf(segment) {
      segment.started ??= start(segment).catch((error: unknown) => {
        segment.started = undefined;
        throw error;
      });
      return segment.started;
    },
    segmentFor(order) {
      // A kernel counts from 1 up: a count that falls back belongs to another kernel.
      if (current === undefined || current.over || (order !== undefined && order <= current.lastOrder)) {
        end();
        current = { started: undefined, runId: undefined, lastOrder: 0, over: false, kernel: undefined, cells: undefined };
      }
      current.lastOrder = order ?? current.lastOrder;
      return current;
    },
    endIfOver,
    end,
  };
}
