import path from 'node:path';
import { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import { captureRoutes, type Capture, type CellExecution, type CellResults, type DataReference, type GitState } from '../contract/notebooks.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { boundExecution } from './bounds.ts';
import { compareNotebooks, type NotebookCells } from './compareNotebooks.ts';
import { createCaptureStore, type ExecutingCell, type StoredCapture } from './captureStore.ts';
import type { CaptureTracking } from './captureTracking.ts';
import { createCellHistory } from './cellHistory.ts';
import { namedDataFiles, readDataReference } from './dataReferences.ts';
import { cellsOf, describeNotebook, mostFigures } from './describeNotebook.ts';
import { createFigures } from './figures.ts';
import { readGitState } from './git.ts';
import { linkTags } from './linkTags.ts';
import { createCellMasking, createRunMaskings } from './maskCells.ts';
import { createNotebookVersions } from './notebookVersions.ts';
import { readMetrics } from './outputMetrics.ts';
import { readParameters } from './parameters.ts';
import { createUnlinkedRuns } from './unlinkedRuns.ts';

const kernelUser = /^nb-([0-9a-f]{32})$/;

export interface Notebooks extends Feature {
  /** `name==version` lines of the kernel of a captured run; undefined where they were not recorded. */
  kernelPackages(captureRunId: string): string[] | undefined;
}

/** Captured runs: what a notebook's own execution did, recorded without tracking code. */
export function createNotebooks(context: CompanionContext, tracking: CaptureTracking): Notebooks {
  const store = createCaptureStore(context.database);
  const versions = createNotebookVersions(context.database);
  const unlinked = createUnlinkedRuns();
  const maskings = createRunMaskings();
  const figures = createFigures(tracking.stores);
  const history = createCellHistory(context.database, (runId) => tracking.run(runId).name);

  const open = (runId: string): StoredCapture => {
    const capture = store.find(tracking.captureOf(runId));
    if (capture === undefined) {
      throw new Problem('not-found', `There is no captured run ${runId} on this machine.`, { field: 'runId', remedy: 'The cells of a run are kept where it was recorded.' });
    }
    return capture;
  };
  const publish = (capture: StoredCapture): void => context.events.publish({ topic: 'capture', runId: capture.runId, notebook: capture.notebook });

  const end = (capture: StoredCapture, status: 'FINISHED' | 'FAILED' | 'KILLED'): void => {
    if (capture.endedAt !== undefined) {
      return;
    }
    const failed = store.executions(capture.runId).at(-1)?.success === false;
    const at = Date.now();
    tracking.finishRun(capture.runId, status === 'FINISHED' && failed ? 'FAILED' : status, at);
    store.end(capture.runId, at);
    maskings.forget(capture.runId);
    publish(capture);
  };

  const link = (loggedRunId: string, capture: StoredCapture, { cellId, cellIndex }: Pick<ExecutingCell, 'cellId' | 'cellIndex'>): void => {
    store.link({ loggedRunId, captureRunId: capture.runId, cellId, cellIndex });
    tracking.setTags(loggedRunId, linkTags({ capture, cellId, cellIndex, data: store.data(capture.runId) }));
    publish(capture);
  };

  tracking.onRunPurged((runId) => store.forget(runId));

  /** The cell that a new run belongs to: the kernel says so by its user name, or exactly one captured notebook is executing. */
  tracking.onRunCreated((created) => {
    const executing = store.executing();
    const named = kernelUser.exec(created.userName ?? '')?.[1];
    const cell = named === undefined ? (executing.length === 1 ? executing[0] : undefined) : executing.find(({ captureRunId }) => captureRunId === named);
    if (cell !== undefined) {
      link(created.runId, open(cell.captureRunId), cell);
    } else if (named !== undefined || executing.length === 0) {
      unlinked.add({ runId: created.runId, named, createdAt: Date.now() });
    }
  });

  /** Links what the kernel created before the cell was announced, or without that it ever was. */
  const linkEarly = (capture: StoredCapture, cell: Pick<ExecutingCell, 'cellId' | 'cellIndex'>, from: number, to: number | undefined): void => {
    for (const { runId } of unlinked.claim(capture.runId, from, to)) {
      // Its kernel may have deleted it again: a cell is recorded all the same.
      if (tracking.isActive(runId)) {
        link(runId, capture, cell);
      }
    }
  };

  const resultsOfCell = (captureRunId: string, cellId: string): CellResults => {
    const runs = store
      .linked(captureRunId)
      .filter((linked) => linked.cellId === cellId)
      .map(({ loggedRunId }) => tracking.loggedRun(loggedRunId));
    return {
      cellId,
      runs: runs.map(({ runId, name, experimentId }) => ({ runId, name, experimentId })),
      models: runs.flatMap((run) => run.models.map(({ modelId, name }) => ({ modelId, name, runId: run.runId }))),
    };
  };

  const allResults = (captureRunId: string): CellResults[] => {
    const cells = [...new Set(store.linked(captureRunId).map(({ cellId }) => cellId))];
    return cells.map((cellId) => resultsOfCell(captureRunId, cellId));
  };

  interface Kept {
    readonly execution: CellExecution;
    readonly data: readonly DataReference[];
  }

  /** What is kept of an execution: without secrets, figures as artifacts, the rest within its bounds; and the data files that it names. */
  const toKeep = async (capture: StoredCapture, executed: CellExecution, keptCharacters: number): Promise<Kept> => {
    const folders = [path.dirname(capture.notebook), ...(capture.workspace === undefined ? [] : [capture.workspace])];
    const references = await Promise.all(namedDataFiles(executed.source).map((name) => readDataReference(name, folders)));
    const masked = await maskings.of(capture.runId).execution(executed);
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
    const { tags, source, outputs, endedAt } = execution;
    setChangedParameters(runId, tags.includes('parameters') || tags.includes('injected-parameters') ? readParameters(source) : {});
    const metrics = tags.includes('metrics') ? readMetrics(outputs) : [];
    if (metrics.length > 0) {
      tracking.logMetrics(runId, metrics.map((metric) => ({ ...metric, at: endedAt })));
    }
  };

  const record = async (capture: StoredCapture, ended: readonly CellExecution[]): Promise<CellResults[]> => {
    // Who had no answer sends again what may have been written.
    const executions = ended.filter((executed) => !store.isRecorded(capture.runId, executed, ended.length));
    for (const executed of executions) {
      linkEarly(capture, executed, executed.startedAt, executed.endedAt);
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
    publish(capture);
    return ended.map(({ cellId }) => resultsOfCell(capture.runId, cellId));
  };

  /** A parameters cell that runs again with other values: MLflow's params never change, so the later values are kept as tags. */
  const setChangedParameters = (runId: string, parameters: Readonly<Record<string, string>>): void => {
    if (Object.keys(parameters).length === 0) {
      return;
    }
    const { params } = tracking.run(runId);
    const fresh = Object.entries(parameters).filter(([name]) => params[name] === undefined);
    const changed = Object.entries(parameters).filter(([name, value]) => params[name] !== undefined && params[name] !== value);
    tracking.logParams(runId, Object.fromEntries(fresh));
    tracking.setTags(runId, Object.fromEntries(changed.map(([name, value]) => [`slipway.parameter.${name}`, value])));
  };

  const describe = (capture: StoredCapture): Capture => {
    const run = tracking.run(capture.runId);
    const later = Object.entries(run.tags).flatMap(([key, value]) => {
      const name = /^slipway\.parameter\.(.+)$/.exec(key)?.[1];
      return name === undefined ? [] : [[name, value] as const];
    });
    return {
      runId: capture.runId,
      notebook: capture.notebook,
      ...(capture.kernel === undefined ? {} : { kernel: capture.kernel }),
      startedAt: capture.startedAt,
      ...(capture.endedAt === undefined ? {} : { endedAt: capture.endedAt }),
      parameters: { ...run.params, ...Object.fromEntries(later) },
      ...(capture.git === undefined ? {} : { git: capture.git }),
      data: store.data(capture.runId),
      executions: store.executions(capture.runId),
      results: allResults(capture.runId),
    };
  };

  const router = Router();
  implement(router, captureRoutes.startCapture, async ({ notebook, workspace, kernel, packages, pythonVersion }) => {
    if (!path.isAbsolute(notebook)) {
      throw new Problem('invalid-input', 'notebook: must be an absolute path', { field: 'notebook' });
    }
    const git = await readGitState(path.dirname(notebook));
    for (const earlier of store.openOf(notebook)) {
      end(earlier, 'FINISHED');
    }
    const startedAt = Date.now();
    const name = workspace === undefined ? path.basename(notebook) : path.relative(workspace, notebook).split(path.sep).join('/');
    const created = context.database.transaction(() => {
      const run = tracking.createRun({
        experimentName: name.startsWith('..') ? path.basename(notebook) : name,
        name: `${path.basename(notebook, '.ipynb')} ${new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')}`,
        startedAt,
        tags: { 'slipway.source': 'capture', 'slipway.notebook': notebook, 'mlflow.source.name': notebook, 'mlflow.source.type': 'NOTEBOOK' },
      });
      store.insert({ runId: run.runId, notebook, workspace, kernel, git, startedAt, packages, pythonVersion });
      return run;
    })();
    context.events.publish({ topic: 'capture', runId: created.runId, notebook });
    return created;
  });
  implement(router, captureRoutes.beginCell, ({ runId, cellId, cellIndex, startedAt }) => {
    const capture = open(runId);
    store.beginCell({ captureRunId: runId, cellId, cellIndex, startedAt });
    linkEarly(capture, { cellId, cellIndex }, startedAt, undefined);
    return {};
  });
  implement(router, captureRoutes.recordCell, async ({ runId, execution }) => {
    const [results] = await record(open(runId), [execution]);
    return results ?? resultsOfCell(runId, execution.cellId);
  });
  implement(router, captureRoutes.recordCells, async ({ runId, executions }) => ({ results: await record(open(runId), executions) }));
  implement(router, captureRoutes.recordNotebook, async ({ runId, recordedAt, cells }) => {
    const masked = await maskings.of(open(runId).runId).notebook(cells);
    return { digest: versions.record(runId, masked, recordedAt) };
  });
  implement(router, captureRoutes.getCapturedNotebook, ({ runId, at }) =>
    describeNotebook({ capture: open(runId), version: versions.at(runId, at), executions: store.executions(runId), at, figures }),
  );
  implement(router, captureRoutes.maskTexts, async ({ texts }) => ({ texts: await createCellMasking().texts(texts) }));
  /** A run may begin before its kernel's client was told that its cell did. */
  const announcementMilliseconds = 500;
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
  implement(router, captureRoutes.compareNotebooks, ({ from, to }) => compareNotebooks(notebookOf(from), notebookOf(to)));
  implement(router, captureRoutes.getCellHistory, ({ notebook, cellId, limit }) => history.of(notebook, cellId, limit));
  implement(router, captureRoutes.getCellExecution, async ({ runId, sequence }) => {
    const capture = open(runId);
    const execution = history.execution(capture.runId, sequence);
    if (execution === undefined) {
      throw new Problem('not-found', `The captured run ${runId} has no execution ${sequence}.`, { field: 'sequence' });
    }
    return { ...execution, outputs: await figures.fill(capture.runId, execution.outputs, mostFigures) };
  });
  implement(router, captureRoutes.listExecutions, ({ runId, limit }) => history.ofRun(open(runId).runId, limit));
  implement(router, captureRoutes.listLinkedRuns, ({ runIds }) => ({
    runs: runIds.flatMap((captureRunId) =>
      store
        .linked(tracking.captureOf(captureRunId))
        .filter(({ loggedRunId }) => tracking.isActive(loggedRunId))
        .map(({ loggedRunId: runId, cellId, cellIndex }) => ({ captureRunId, cellId, cellIndex, runId, name: tracking.loggedRun(runId).name })),
    ),
  }));
  implement(router, captureRoutes.recordPackages, ({ runId, packages, pythonVersion }) => {
    store.setPackages(open(runId).runId, packages, pythonVersion);
    return {};
  });
  implement(router, captureRoutes.endCapture, ({ runId, status }) => {
    end(open(runId), status);
    return {};
  });
  implement(router, captureRoutes.getCapture, ({ runId }) => describe(open(runId)));
  implement(router, captureRoutes.getExecutingCapture, ({ notebook }) => {
    const ofNotebook = notebook === undefined ? undefined : store.openOf(notebook).at(-1)?.runId;
    const executing = store.executing();
    const runId = ofNotebook ?? (executing.length === 1 ? executing[0]?.captureRunId : undefined);
    return runId === undefined ? {} : { runId };
  });
  implement(router, captureRoutes.getNotebookResults, ({ notebook }) => {
    const latest = store.latestOf(notebook);
    return latest === undefined ? { cells: [] } : { runId: latest.runId, cells: allResults(latest.runId) };
  });
  return { router, kernelPackages: (captureRunId) => store.packages(captureRunId) };
}
