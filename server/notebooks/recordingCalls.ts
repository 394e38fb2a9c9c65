import type { captureRoutes } from '../contract/notebooks.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Handlers } from '../platform/http/implement.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import type { CellRuns } from './cellRuns.ts';
import { createKeepMetrics } from './keepMetrics.ts';
import { createCellMasking } from './maskCells.ts';
import type { NotebookVersions } from './notebookVersions.ts';
import type { RecordCells } from './recordCells.ts';
import { createStartCapture } from './startCapture.ts';

type RecordingCalls = Pick<
  Handlers<typeof captureRoutes>,
  'startCapture' | 'beginCell' | 'recordCell' | 'recordCells' | 'recordNotebook' | 'keepMetrics' | 'recordPackages' | 'maskTexts' | 'endCapture'
>;

/** The calls by which a window or the command line records a notebook. */
export function recordingCalls(context: CompanionContext, runs: CapturedRuns, cellRuns: CellRuns, record: RecordCells, versions: NotebookVersions): RecordingCalls {
  const { store, maskings } = runs;
  return {
    startCapture: createStartCapture(context, runs),
    beginCell({ runId, cellId, cellIndex, startedAt }) {
      const capture = runs.open(runId);
      store.beginCell({ captureRunId: runId, cellId, cellIndex, startedAt });
      cellRuns.linkEarly(capture, { cellId, cellIndex }, startedAt, undefined);
      return {};
    },
    async recordCell({ runId, execution }) {
      const [results] = await record(runs.open(runId), [execution]);
      return results ?? cellRuns.ofCell(runId, execution.cellId);
    },
    recordCells: async ({ runId, executions }) => ({ results: await record(runs.open(runId), executions) }),
    async recordNotebook({ runId, recordedAt, cells }) {
      const masked = await maskings.of(runs.open(runId).runId).notebook(cells);
      return { digest: versions.record(runId, masked, recordedAt) };
    },
    keepMetrics: createKeepMetrics(runs),
    recordPackages({ runId, packages, pythonVersion }) {
      store.setPackages(runs.open(runId).runId, packages, pythonVersion);
      return {};
    },
    maskTexts: async ({ texts }) => ({ texts: await createCellMasking().texts(texts) }),
    endCapture({ runId, status }) {
      runs.end(runs.open(runId), status);
      return {};
    },
  };
}
