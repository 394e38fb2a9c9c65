import {
  type Disposable,
  type Event,
  EventEmitter,
  languages,
  type LogOutputChannel,
  type Memento,
  type NotebookCell,
  type NotebookDocument,
  workspace,
} from 'vscode';
import type { CellResults } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { coalesce } from '../vscode/coalesce.ts';
import { windowSettings } from '../vscode/configuration.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import { concernsNotebook } from './concernedNotebook.ts';
import { type CaptureProgress, createNotebookCapture, type NotebookCapture } from './notebookCapture.ts';
import { interactiveType, isWork, recordedFile, recordedPath } from './recordedFile.ts';

/** Whether a notebook is recorded, and if not, why. */
export type CaptureMode = 'recording' | 'paused' | 'excluded' | 'disabled' | 'untrusted' | 'unsaved';

export interface NotebookState {
  readonly mode: CaptureMode;
  readonly progress: CaptureProgress;
}

/** What Slipway does with the notebooks of this window. */
export interface NotebookAttachment extends Disposable {
  /** Its mode or its progress. */
  readonly onDidChange: Event<NotebookDocument>;
  /** What its cells led to, or that a cell with results runs. */
  readonly onDidChangeResults: Event<NotebookDocument>;
  state(notebook: NotebookDocument): NotebookState;
  /** What the executions of the notebook's cells led to, by cell id. */
  results(notebook: NotebookDocument): ReadonlyMap<string, CellResults>;
  isRunning(cell: NotebookCell): boolean;
  setPaused(notebook: NotebookDocument, paused: boolean): Promise<void>;
  /** Ends the captured runs; the window closes. */
  close(): Promise<void>;
}

interface Attached {
  readonly capture: NotebookCapture;
  readonly results: Map<string, CellResults>;
}

const pausedKey = 'slipway.pausedNotebooks';
const nothing: CaptureProgress = { runId: undefined, recorded: 0, waiting: 0, waitingFor: undefined, lost: 0, lostBecause: undefined };
/** What a closing window waits for at most. */
const closeMilliseconds = 2000;
/** Quick cells follow each other many times a second: what they change is shown together. */
const progressMilliseconds = 100;
const resultsMilliseconds = 250;

function differ(before: CellResults | undefined, after: CellResults): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

export interface AttachmentOptions {
  readonly connection: Connection;
  readonly log: LogOutputChannel;
  readonly memory: Memento;
}

/** Attaches to the Jupyter notebooks and Interactive Windows of this window: records their executions from VS Code's own notebook events. */
export function attachNotebooks({ connection, log, memory }: AttachmentOptions): NotebookAttachment {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<NotebookDocument>());
  const resultsChanged = disposables.add(new EventEmitter<NotebookDocument>());
  const attached = new Map<NotebookDocument, Attached>();
  const announced = new Set<NotebookDocument>();
  const progressed = disposables.add(coalesce<NotebookDocument>(progressMilliseconds, (notebook) => {
      changed.fire(notebook);
      // A model is offered once its cell has ended.
      if ((attached.get(notebook)?.results.size ?? 0) > 0) {
        resultsChanged.fire(notebook);
      }
    }));
  const reloading = disposables.add(coalesce<NotebookDocument>(resultsMilliseconds, (notebook) => void reloadResults(notebook)));

  const paused = (): string[] => memory.get<string[]>(pausedKey, []);
  const modeOf = (notebook: NotebookDocument): CaptureMode => {
    if (!workspace.isTrusted) {
      return 'untrusted';
    }
    if (!windowSettings(notebook.uri)['capture.enabled']) {
      return 'disabled';
    }
    if (recordedFile(notebook) === undefined) {
      return 'unsaved';
    }
    return isExcluded(notebook) ? 'excluded' : paused().includes(notebook.uri.toString()) ? 'paused' : 'recording';
  };

  const reloadResults = async (notebook: NotebookDocument): Promise<void> => {
    const known = attached.get(notebook);
    if (known === undefined || connection.state !== 'running') {
      return;
    }
    try {
      const { cells } = await connection.call('getNotebookResults', { notebook: recordedPath(notebook) });
      if (cells.length === known.results.size && cells.every((cell) => !differ(known.results.get(cell.cellId), cell))) {
        return;
      }
      known.results.clear();
      cells.forEach((cell) => known.results.set(cell.cellId, cell));
      resultsChanged.fire(notebook);
    } catch (error) {
      log.warn(`results of ${recordedPath(notebook)}: ${describeFailure(error)}`);
    }
  };

  const attach = (notebook: NotebookDocument): void => {
    if (!isWork(notebook) || attached.has(notebook)) {
      return;
    }
    const results = new Map<string, CellResults>();
    const capture = createNotebookCapture({
      notebook,
      connection,
      log,
      isWanted: () => modeOf(notebook) === 'recording',
      announced,
      onProgress: () => progressed.soon(notebook),
      onResults(cell) {
        if (cell.runs.length > 0 || results.has(cell.cellId)) {
          results.set(cell.cellId, cell);
        }
      },
    });
    attached.set(notebook, { capture, results });
    void reloadResults(notebook);
    changed.fire(notebook);
  };

  const detach = async (notebook: NotebookDocument): Promise<void> => {
    const known = attached.get(notebook);
    attached.delete(notebook);
    known?.capture.end();
    await known?.capture.drain(closeMilliseconds);
    known?.capture.dispose();
  };

  disposables.add(workspace.onDidOpenNotebookDocument(attach));
  disposables.add(workspace.onDidCloseNotebookDocument((notebook) => void detach(notebook)));
  disposables.add(workspace.onDidChangeNotebookDocument((event) => attached.get(event.notebook)?.capture.observe(event)));
  disposables.add(workspace.onDidGrantWorkspaceTrust(() => attached.forEach((_, notebook) => changed.fire(notebook))));
  disposables.add(
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('slipway.capture')) {
        attached.forEach((_, notebook) => changed.fire(notebook));
      }
    }),
  );
  disposables.add(
    connection.onDidReceive((event) => {
      attached.forEach(({ results }, notebook) => {
        if (concernsNotebook(event, recordedPath(notebook), results.values())) {
          reloading.soon(notebook);
        }
      });
    }),
  );
  disposables.add(connection.onDidChangeState(() => attached.forEach((_, notebook) => void reloadResults(notebook))));
  workspace.notebookDocuments.forEach(attach);

  return {
    onDidChange: changed.event,
    onDidChangeResults: resultsChanged.event,
    state: (notebook) => ({ mode: modeOf(notebook), progress: attached.get(notebook)?.capture.progress ?? nothing }),
    results: (notebook) => attached.get(notebook)?.results ?? new Map<string, CellResults>(),
    isRunning: (cell) => attached.get(cell.notebook)?.capture.isRunning(cell) ?? false,
    async setPaused(notebook, pause) {
      const key = notebook.uri.toString();
      const others = paused().filter((other) => other !== key);
      await memory.update(pausedKey, pause ? [...others, key] : others);
      changed.fire(notebook);
    },
    async close() {
      await Promise.all([...attached.keys()].map(detach));
    },
    dispose() {
      disposables.dispose();
      attached.forEach(({ capture }) => void capture.dispose());
    },
  };
}

/** Exclusions are matched against a document, as VS Code matches text documents only: a cell, which has its notebook's path, or the Python file of its cells. */
function isExcluded(notebook: NotebookDocument): boolean {
  const patterns = windowSettings(notebook.uri)['capture.exclude'];
  const [cell] = notebook.getCells();
  const file = notebook.notebookType === interactiveType ? recordedFile(notebook) : undefined;
  const document = file === undefined ? cell?.document : workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  return document !== undefined && patterns.some((pattern) => pattern !== '' && languages.match({ pattern }, document) > 0);
}
