import type { CapturedNotebook, CellExecution, NotebookCell } from '../contract/notebooks.ts';
import type { StoredCapture } from './captureStore.ts';
import type { Figures } from './figures.ts';
import type { NotebookVersion } from './notebookVersions.ts';

/** What the figures of one answer may hold together, in bytes. */
export const mostFigures = 32 * 1024 * 1024;

/** The latest execution of each cell. */
function latestOf(executions: readonly CellExecution[]): ReadonlyMap<string, CellExecution> {
  return new Map(executions.map((execution) => [execution.cellId, execution]));
}

/** The cells that executions tell of, where the notebook itself was not recorded: in the order of the notebook, as last executed. */
export function cellsOf(executions: readonly CellExecution[]): NotebookCell[] {
  return [...latestOf(executions).values()]
    .sort((a, b) => a.cellIndex - b.cellIndex)
    .map(({ cellId, language, tags, source }) => ({ cellId, kind: 'code', language, tags, source }));
}

export interface NotebookAt {
  readonly capture: StoredCapture;
  readonly version: NotebookVersion | undefined;
  readonly executions: readonly CellExecution[];
  /** Executions that began later do not count. */
  readonly at: number | undefined;
  readonly figures: Figures;
}

/** The notebook of a captured run as a reader gets it: each cell with the outputs of its latest execution by then. */
export async function describeNotebook({ capture, version, executions, at, figures }: NotebookAt): Promise<CapturedNotebook> {
  const known = executions.filter(({ startedAt }) => at === undefined || startedAt <= at);
  const latest = latestOf(known);
  let left = mostFigures;
  const cells: CapturedNotebook['cells'] = [];
  for (const cell of version?.cells ?? cellsOf(known)) {
    const execution = cell.kind === 'code' ? latest.get(cell.cellId) : undefined;
    const outputs = await figures.fill(capture.runId, execution?.outputs ?? [], left);
    left -= outputs.reduce((sum, { artifact, content }) => sum + (artifact === undefined ? 0 : content.length), 0);
    cells.push({
      ...cell,
      outputs,
      executed: execution !== undefined,
      ...(execution?.executionCount === undefined ? {} : { executionCount: execution.executionCount }),
    });
  }
  return {
    runId: capture.runId,
    notebook: capture.notebook,
    recordedAt: version?.recordedAt ?? executions.at(-1)?.endedAt ?? capture.startedAt,
    complete: version !== undefined,
    cells,
  };
}
