import { z } from 'zod';
import { cellExecution, gitState, type CellExecution, type DataReference, type GitState } from '../contract/notebooks.ts';
import type { Database } from '../platform/database/database.ts';

export interface StoredCapture {
  readonly runId: string;
  readonly notebook: string;
  readonly workspace: string | undefined;
  readonly kernel: string | undefined;
  readonly git: GitState | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

export interface LinkedRun {
  readonly loggedRunId: string;
  readonly captureRunId: string;
  readonly cellId: string;
  readonly cellIndex: number;
}

export interface ExecutingCell {
  readonly captureRunId: string;
  readonly cellId: string;
  readonly cellIndex: number;
  readonly startedAt: number;
}

/** The tables of captured runs. */
export interface CaptureStore {
  insert(capture: Omit<StoredCapture, 'endedAt'> & { packages: readonly string[] | undefined; pythonVersion: string | undefined }): void;
  find(runId: string): StoredCapture | undefined;
  latestOf(notebook: string): StoredCapture | undefined;
  openOf(notebook: string): StoredCapture[];
  setGit(runId: string, git: GitState | undefined): void;
  setPackages(runId: string, packages: readonly string[], pythonVersion: string): void;
  /** `name==version` lines; undefined where they were not recorded. */
  packages(runId: string): string[] | undefined;
  pythonVersion(runId: string): string | undefined;
  end(runId: string, at: number): void;
  beginCell(cell: ExecutingCell): void;
  /** The cell no longer executes, unless it has begun again since. */
  stopCell(runId: string, cellId: string, endedAt: number): void;
  executing(): ExecutingCell[];
  addExecution(runId: string, execution: CellExecution): void;
  /** Whether one of the latest executions of its cell is this one. @param latest how many of them to look at */
  isRecorded(runId: string, execution: CellExecution, latest: number): boolean;
  /** Characters that the executions of a run hold so far. */
  keptCharacters(runId: string): number;
  executions(runId: string): CellExecution[];
  putData(runId: string, reference: DataReference): void;
  data(runId: string): DataReference[];
  link(linked: LinkedRun): void;
  linked(captureRunId: string): LinkedRun[];
  linkOf(loggedRunId: string): LinkedRun | undefined;
  /** Removes what is known about a run, with the versions of the notebook that no other run went through. Call it in a transaction. */
  forget(runId: string): void;
}

interface CaptureRow {
  readonly run_id: string;
  readonly notebook: string;
  readonly workspace: string | null;
  readonly kernel: string | null;
  readonly git: string | null;
  readonly started_at: number;
  readonly ended_at: number | null;
}

interface LinkRow {
  readonly logged_run_id: string;
  readonly run_id: string;
  readonly cell_id: string;
  readonly cell_index: number;
}

interface ExecutingRow {
  readonly run_id: string;
  readonly cell_id: string;
  readonly cell_index: number;
  readonly started_at: number;
}

interface DataRow {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly modified_at: number;
}

function toCapture(row: CaptureRow): StoredCapture {
  return {
    runId: row.run_id,
    notebook: row.notebook,
    workspace: row.workspace ?? undefined,
    kernel: row.kernel ?? undefined,
    git: row.git === null ? undefined : gitState.parse(JSON.parse(row.git)),
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
  };
}

function toLinked(row: LinkRow): LinkedRun {
  return { loggedRunId: row.logged_run_id, captureRunId: row.run_id, cellId: row.cell_id, cellIndex: row.cell_index };
}

const captureColumns = 'run_id, notebook, workspace, kernel, git, started_at, ended_at';

export function createCaptureStore(database: Database): CaptureStore {
  const statements = {
    insert: database.prepare(
      `INSERT INTO capture (run_id, notebook, workspace, kernel, python_version, packages, git, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    find: database.prepare<[string], CaptureRow>(`SELECT ${captureColumns} FROM capture WHERE run_id = ?`),
    latestOf: database.prepare<[string], CaptureRow>(
      `SELECT ${captureColumns} FROM capture WHERE notebook = ? ORDER BY started_at DESC, rowid DESC LIMIT 1`,
    ),
    openOf: database.prepare<[string], CaptureRow>(`SELECT ${captureColumns} FROM capture WHERE notebook = ? AND ended_at IS NULL`),
    setGit: database.prepare('UPDATE capture SET git = ? WHERE run_id = ?'),
    setPackages: database.prepare('UPDATE capture SET packages = ?, python_version = ? WHERE run_id = ?'),
    packages: database.prepare<[string], { packages: string | null }>('SELECT packages FROM capture WHERE run_id = ?'),
    python: database.prepare<[string], { python_version: string | null }>('SELECT python_version FROM capture WHERE run_id = ?'),
    end: database.prepare('UPDATE capture SET ended_at = ? WHERE run_id = ?'),
    beginCell: database.prepare('INSERT OR REPLACE INTO executing_cell (run_id, cell_id, cell_index, started_at) VALUES (?, ?, ?, ?)'),
    stopCell: database.prepare('DELETE FROM executing_cell WHERE run_id = ? AND cell_id = ? AND started_at <= ?'),
    stopAll: database.prepare('DELETE FROM executing_cell WHERE run_id = ?'),
    executing: database.prepare<[], ExecutingRow>('SELECT run_id, cell_id, cell_index, started_at FROM executing_cell'),
    addExecution: database.prepare(
      `INSERT INTO cell_execution (run_id, sequence, cell_id, execution)
       VALUES (@runId, (SELECT coalesce(max(sequence), 0) + 1 FROM cell_execution WHERE run_id = @runId), @cellId, @execution)`,
    ),
    isRecorded: database.prepare<[string, string, number, number, number, number | null], { one: number }>(
      `SELECT 1 AS one FROM (SELECT execution FROM cell_execution WHERE cell_id = ? AND run_id = ? ORDER BY sequence DESC LIMIT ?)
       WHERE execution ->> '$.startedAt' = ? AND execution ->> '$.endedAt' = ? AND execution ->> '$.executionCount' IS ?`,
    ),
    keep: database.prepare('UPDATE capture SET kept_characters = kept_characters + ? WHERE run_id = ?'),
    kept: database.prepare<[string], { kept_characters: number }>('SELECT kept_characters FROM capture WHERE run_id = ?'),
    executions: database.prepare<[string], { execution: string }>('SELECT execution FROM cell_execution WHERE run_id = ? ORDER BY sequence'),
    putData: database.prepare('INSERT OR REPLACE INTO capture_data (run_id, path, sha256, bytes, modified_at) VALUES (?, ?, ?, ?, ?)'),
    data: database.prepare<[string], DataRow>('SELECT path, sha256, bytes, modified_at FROM capture_data WHERE run_id = ? ORDER BY path'),
    link: database.prepare('INSERT OR REPLACE INTO cell_run (logged_run_id, run_id, cell_id, cell_index) VALUES (?, ?, ?, ?)'),
    linked: database.prepare<[string], LinkRow>('SELECT logged_run_id, run_id, cell_id, cell_index FROM cell_run WHERE run_id = ? ORDER BY rowid'),
    unlink: database.prepare('DELETE FROM cell_run WHERE logged_run_id = ?'),
    forget: database.prepare('DELETE FROM capture WHERE run_id = ?'),
    forgetVersions: database.prepare('DELETE FROM notebook_version WHERE NOT EXISTS (SELECT 1 FROM capture_notebook WHERE digest = notebook_version.digest)'),
    linkOf: database.prepare<[string], LinkRow>('SELECT logged_run_id, run_id, cell_id, cell_index FROM cell_run WHERE logged_run_id = ?'),
  };
  const addExecution = database.transaction((runId: string, execution: CellExecution) => {
    const text = JSON.stringify(execution);
    statements.addExecution.run({ runId, cellId: execution.cellId, execution: text });
    statements.keep.run(text.length, runId);
  });
  const end = database.transaction((runId: string, at: number) => {
    statements.end.run(at, runId);
    statements.stopAll.run(runId);
  });
  return {
    insert: ({ runId, notebook, workspace, kernel, git, startedAt, packages, pythonVersion }) => {
      statements.insert.run(
        runId,
        notebook,
        workspace ?? null,
        kernel ?? null,
        pythonVersion ?? null,
        packages === undefined ? null : JSON.stringify(packages),
        git === undefined ? null : JSON.stringify(git),
        startedAt,
      );
    },
    find: (runId) => {
      const row = statements.find.get(runId);
      return row === undefined ? undefined : toCapture(row);
    },
    latestOf: (notebook) => {
      const row = statements.latestOf.get(notebook);
      return row === undefined ? undefined : toCapture(row);
    },
    openOf: (notebook) => statements.openOf.all(notebook).map(toCapture),
    setGit: (runId, git) => {
      statements.setGit.run(git === undefined ? null : JSON.stringify(git), runId);
    },
    setPackages: (runId, packages, pythonVersion) => {
      statements.setPackages.run(JSON.stringify(packages), pythonVersion, runId);
    },
    packages: (runId) => {
      const packages = statements.packages.get(runId)?.packages;
      return packages == null ? undefined : z.array(z.string()).parse(JSON.parse(packages));
    },
    pythonVersion: (runId) => statements.python.get(runId)?.python_version ?? undefined,
    end: (runId, at) => end(runId, at),
    beginCell: (cell) => {
      statements.beginCell.run(cell.captureRunId, cell.cellId, cell.cellIndex, cell.startedAt);
    },
    stopCell: (runId, cellId, endedAt) => {
      statements.stopCell.run(runId, cellId, endedAt);
    },
    executing: () =>
      statements.executing.all().map((row) => ({ captureRunId: row.run_id, cellId: row.cell_id, cellIndex: row.cell_index, startedAt: row.started_at })),
    addExecution: (runId, execution) => addExecution(runId, execution),
    isRecorded: (runId, { cellId, startedAt, endedAt, executionCount }, latest) =>
      statements.isRecorded.get(cellId, runId, latest, startedAt, endedAt, executionCount ?? null) !== undefined,
    keptCharacters: (runId) => statements.kept.get(runId)?.kept_characters ?? 0,
    executions: (runId) => statements.executions.all(runId).map((row) => cellExecution.parse(JSON.parse(row.execution))),
    putData: (runId, reference) => {
      statements.putData.run(runId, reference.path, reference.sha256, reference.bytes, reference.modifiedAt);
    },
    data: (runId) =>
      statements.data.all(runId).map((row) => ({ path: row.path, sha256: row.sha256, bytes: row.bytes, modifiedAt: row.modified_at })),
    link: (linked) => {
      statements.link.run(linked.loggedRunId, linked.captureRunId, linked.cellId, linked.cellIndex);
    },
    linked: (captureRunId) => statements.linked.all(captureRunId).map(toLinked),
    linkOf: (loggedRunId) => {
      const row = statements.linkOf.get(loggedRunId);
      return row === undefined ? undefined : toLinked(row);
    },
    forget: (runId) => {
      statements.unlink.run(runId);
      if (statements.forget.run(runId).changes > 0) {
        statements.forgetVersions.run();
      }
    },
  };
}
