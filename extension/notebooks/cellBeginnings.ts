import type { LogOutputChannel, NotebookCell, NotebookDocument } from 'vscode';
import type { NotebookCell as RecordedCell } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import type { CaptureSegments, Segment } from './captureSegments.ts';
import { cellId } from './cellIdentity.ts';
import { createCellReader } from './notebookCells.ts';

/** A cell as it was when it began to execute. */
export interface Beginning {
  readonly source: string;
  readonly index: number;
  readonly at: number;
  /** The notebook when the cell began. */
  readonly cells: readonly RecordedCell[];
  segment: Segment;
  /** Waits to announce the cell. */
  timer: NodeJS.Timeout | undefined;
}

/** How executions begin; the companion is told of those that take a while. */
export interface CellBeginnings {
  begin(cell: NotebookCell, at: number): void;
  /** The kernel has counted the execution. */
  count(cell: NotebookCell, at: number, order: number): void;
  /** The beginning of an execution that has ended, and whether the companion was told of it. */
  end(cell: NotebookCell, startedAt: number): { readonly beginning: Beginning; readonly wasAnnounced: boolean };
}

export interface CellBeginningsOptions {
  readonly notebook: NotebookDocument;
  readonly connection: Connection;
  readonly log: LogOutputChannel;
  readonly segments: CaptureSegments;
  /** Notebooks of this window of which the companion knows that a cell executes. */
  readonly announced: Set<NotebookDocument>;
}

/** A cell that ends sooner is not announced: what it logged is linked when it is recorded. */
const announceMilliseconds = 50;

export function createCellBeginnings({ notebook, connection, log, segments, announced }: CellBeginningsOptions): CellBeginnings {
  const begun = new WeakMap<NotebookCell, Beginning>();
  const readCells = createCellReader();

  const beginningOf = (cell: NotebookCell, at: number): Beginning => ({
    source: cell.document.getText(),
    index: cell.index,
    at,
    cells: readCells(notebook),
    segment: segments.segmentFor(undefined),
    timer: undefined,
  });

  const announce = async (cell: NotebookCell, { segment, index }: Beginning, at: number): Promise<void> => {
    try {
      await connection.call('beginCell', { runId: await segments.runIdOf(segment), cellId: cellId(cell), cellIndex: index, startedAt: at });
    } catch (error) {
      log.debug(`the begin of a cell was not announced: ${describeFailure(error)}`);
    }
  };

  return {
    begin(cell, at) {
      const beginning = beginningOf(cell, at);
      begun.set(cell, beginning);
      const announceNow = (): void => {
        beginning.timer = undefined;
        if (beginning.segment === segments.current) {
          announced.add(notebook);
          void announce(cell, beginning, at);
        }
      };
      // Announcements do not wait behind records: a run that the cell creates must find its cell, and not that of another notebook.
      if ([...announced].some((other) => other !== notebook)) {
        announceNow();
      } else {
        beginning.timer = setTimeout(announceNow, announceMilliseconds);
      }
    },
    count(cell, at, order) {
      const beginning = begun.get(cell);
      if (beginning === undefined) {
        return;
      }
      const into = segments.segmentFor(order);
      if (into !== beginning.segment) {
        beginning.segment = into;
        if (beginning.timer === undefined) {
          void announce(cell, beginning, at);
        }
      }
    },
    end(cell, startedAt) {
      const beginning = begun.get(cell) ?? beginningOf(cell, startedAt);
      const wasAnnounced = beginning.timer === undefined;
      clearTimeout(beginning.timer);
      return { beginning, wasAnnounced };
    },
  };
}
