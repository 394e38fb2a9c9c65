import type { captureRoutes } from '../contract/notebooks.ts';
import { Problem } from '../platform/errors.ts';
import type { Handlers } from '../platform/http/implement.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import type { CellHistory } from './cellHistory.ts';
import type { CellRuns } from './cellRuns.ts';
import { compareNotebooks, type NotebookCells } from './compareNotebooks.ts';
import { describeCapture } from './describeCapture.ts';
import { cellsOf, describeNotebook, mostFigures } from './describeNotebook.ts';
import type { Figures } from './figures.ts';
import type { NotebookVersions } from './notebookVersions.ts';

type ReadingCalls = Pick<
  Handlers<typeof captureRoutes>,
  | 'getCapture'
  | 'getCapturedNotebook'
  | 'getCellExecution'
  | 'getCellHistory'
  | 'getExecutingCapture'
  | 'getNotebookResults'
  | 'compareNotebooks'
  | 'listExecutions'
  | 'listLinkedRuns'
>;

interface ReadingParts {
  readonly runs: CapturedRuns;
  readonly cellRuns: CellRuns;
  readonly versions: NotebookVersions;
  readonly history: CellHistory;
  readonly figures: Figures;
}

/** A run may begin before its kernel's client was told that its cell did. */
const announcementMilliseconds = 500;

/** The calls that show what was recorded. */
export function readingCalls({ runs, cellRuns, versions, history, figures }: ReadingParts): ReadingCalls {
  const { store, tracking } = runs;

  /** The notebook as it was when the run began, or at the end of a captured one. */
  const notebookOf = (runId: string): NotebookCells | undefined => {
    const link = store.linkOf(runId);
    const capture = store.find(link?.captureRunId ?? tracking.captureOf(runId));
    if (tracking.keepsAllRuns()) {
      tracking.run(runId);
    }
    if (capture === undefined) {
      return undefined;
    }
    const at = link === undefined ? undefined : tracking.loggedRun(runId).startedAt + announcementMilliseconds;
    const executed = (): NotebookCells['cells'] => cellsOf(store.executions(capture.runId).filter(({ startedAt }) => at === undefined || startedAt <= at));
    return { notebook: capture.notebook, cells: versions.at(capture.runId, at)?.cells ?? executed() };
  };

  return {
    getCapture: ({ runId }) => describeCapture(runs, cellRuns, runs.open(runId)),
    getCapturedNotebook: ({ runId, at }) =>
      describeNotebook({ capture: runs.open(runId), version: versions.at(runId, at), executions: store.executions(runId), at, figures }),
    compareNotebooks: ({ from, to }) => compareNotebooks(notebookOf(from), notebookOf(to)),
    getCellHistory: ({ notebook, cellId, limit }) => history.of(notebook, cellId, limit),
    async getCellExecution({ runId, sequence }) {
      const capture = runs.open(runId);
      const execution = history.execution(capture.runId, sequence);
      if (execution === undefined) {
        throw new Problem('not-found', `The captured run ${runId} has no execution ${sequence}.`, { field: 'sequence' });
      }
      return { ...execution, outputs: await figures.fill(capture.runId, execution.outputs, mostFigures) };
    },
    listExecutions: ({ runId, limit }) => history.ofRun(runs.open(runId).runId, limit),
    listLinkedRuns: ({ runIds }) => ({
      runs: runIds.flatMap((captureRunId) =>
        store
          .linked(tracking.captureOf(captureRunId))
          .filter(({ loggedRunId }) => tracking.isActive(loggedRunId))
          .map(({ loggedRunId: runId, cellId, cellIndex }) => ({ captureRunId, cellId, cellIndex, runId, name: tracking.loggedRun(runId).name })),
      ),
    }),
    getExecutingCapture({ notebook }) {
      const ofNotebook = notebook === undefined ? undefined : store.openOf(notebook).at(-1)?.runId;
      const executing = store.executing();
      const runId = ofNotebook ?? (executing.length === 1 ? executing[0]?.captureRunId : undefined);
      return runId === undefined ? {} : { runId };
    },
    getNotebookResults({ notebook }) {
      const latest = store.latestOf(notebook);
      return latest === undefined ? { cells: [] } : { runId: latest.runId, cells: cellRuns.ofCapture(latest.runId) };
    },
  };
}
