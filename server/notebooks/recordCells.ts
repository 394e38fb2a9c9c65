import path from 'node:path';
import type { CellExecution, CellResults, DataReference, GitState } from '../contract/notebooks.ts';
import type { CompanionContext } from '../platform/context.ts';
import { boundExecution } from './bounds.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import type { StoredCapture } from './captureStore.ts';
import type { CaptureTracking } from './captureTracking.ts';
import { readCellMetrics } from './cellMetrics.ts';
import type { CellRuns } from './cellRuns.ts';
import { namedDataFiles, readDataReference } from './dataReferences.ts';
import type { Figures } from './figures.ts';
import { readGitState } from './git.ts';
import { linkTags } from './linkTags.ts';
import { readAssignedLiterals, readParameters } from './parameters.ts';

/** Records executions of cells that have ended; those that are recorded already stay as they are. @returns what each cell has logged */
export type RecordCells = (capture: StoredCapture, ended: readonly CellExecution[]) => Promise<CellResults[]>;

/** MLflow takes as many in one call. */
const parametersOfCell = 100;
const parametersOfRun = 1000;

/** What is kept of an execution. */
interface Kept {
  readonly execution: CellExecution;
  readonly data: readonly DataReference[];
}

export function createRecordCells(context: CompanionContext, runs: CapturedRuns, cellRuns: CellRuns, figures: Figures): RecordCells {
  const { store, tracking } = runs;

  /** What is kept of an execution: without secrets, figures as artifacts, the rest within its bounds; and the data files that it names. */
  const toKeep = async (capture: StoredCapture, executed: CellExecution, keptCharacters: number): Promise<Kept> => {
    const folders = [path.dirname(capture.notebook), ...(capture.workspace === undefined ? [] : [capture.workspace])];
    const references = await Promise.all(namedDataFiles(executed.source).map((name) => readDataReference(name, folders)));
    const masked = await runs.maskings.of(capture.runId).execution(executed);
    const outputs = await figures.keep(capture.runId, masked.cellIndex, masked.outputs);
    // The cell that connects a notebook names a file of the data home, which is no training data.
    const data = references.filter((reference) => reference !== undefined).filter((reference) => path.relative(context.home.root, reference.path).startsWith('..'));
    return { execution: boundExecution({ ...masked, outputs }, keptCharacters), data };
  };

  const write = (capture: StoredCapture, { execution, data }: Kept): void => {
    const { runId } = capture;
    store.addExecution(runId, execution);
    data.forEach((reference) => store.putData(runId, reference));
    for (const { loggedRunId } of store.linked(runId).filter((linked) => linked.cellId === execution.cellId && tracking.isActive(linked.loggedRunId))) {
      tracking.setTags(loggedRunId, linkTags({ capture, cellId: execution.cellId, cellIndex: execution.cellIndex, data: store.data(runId) }));
    }
    const { endedAt } = execution;
    setChangedParameters(tracking, runId, parametersOf(execution));
    const metrics = readCellMetrics(execution);
    if (metrics.length > 0) {
      tracking.logMetrics(runId, metrics.map((metric) => ({ ...metric, at: endedAt })));
    }
  };

  return async (capture, ended) => {
    // Who had no answer sends again what may have been written.
    const executions = ended.filter((executed) => !store.isRecorded(capture.runId, executed, ended.length));
    for (const executed of executions) {
      cellRuns.linkEarly(capture, executed, executed.startedAt, executed.endedAt);
      // A run that the next cell creates meanwhile is not this one's.
      store.stopCell(capture.runId, executed.cellId, executed.endedAt);
    }
    const kept: Kept[] = [];
    let characters = store.keptCharacters(capture.runId);
    for (const executed of executions) {
      const one = await toKeep(capture, executed, characters);
      characters += JSON.stringify(one.execution).length;
      kept.push(one);
    }
    const cells = new Set(executions.map(({ cellId }) => cellId));
    const git: GitState | undefined = store.linked(capture.runId).some(({ cellId }) => cells.has(cellId)) ? await readGitState(path.dirname(capture.notebook)) : capture.git;
    context.database.transaction(() => {
      store.setGit(capture.runId, git);
      kept.forEach((one) => write({ ...capture, git }, one));
    })();
    runs.publish(capture);
    return ended.map(({ cellId }) => cellRuns.ofCell(capture.runId, cellId));
  };
}

/** A cell that failed may have assigned nothing. */
function parametersOf({ tags, source, language, success }: CellExecution): Record<string, string> {
  if (tags.includes('parameters') || tags.includes('injected-parameters')) {
    return readParameters(source);
  }
  return language === 'python' && success ? readAssignedLiterals(source) : {};
}

/**
 * A cell that runs again with other values: what is measured from now on is measured with them, so the run has the latest. A shared server keeps the first
 * values that it was given, as MLflow's params never change; a tag tells it the latest.
 */
function setChangedParameters(tracking: CaptureTracking, runId: string, parameters: Readonly<Record<string, string>>): void {
  if (Object.keys(parameters).length === 0) {
    return;
  }
  const { params } = tracking.run(runId);
  const room = Math.min(parametersOfCell, Math.max(0, parametersOfRun - Object.keys(params).length));
  const fresh = Object.entries(parameters).filter(([name]) => params[name] === undefined).slice(0, room);
  const changed = Object.entries(parameters).filter(([name, value]) => params[name] !== undefined && params[name] !== value).slice(0, parametersOfCell);
  tracking.logParams(runId, Object.fromEntries(fresh));
  tracking.changeParams(runId, Object.fromEntries(changed));
  tracking.setTags(runId, Object.fromEntries(changed.map(([name, value]) => [`slipway.parameter.${name}`, value])));
}
