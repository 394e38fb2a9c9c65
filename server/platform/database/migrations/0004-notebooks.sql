CREATE TABLE capture (
  run_id TEXT PRIMARY KEY,
  notebook TEXT NOT NULL,
  workspace TEXT,
  kernel TEXT,
  python_version TEXT,
  packages TEXT,
  git TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE INDEX capture_by_notebook ON capture (notebook, started_at);

-- One row an execution of a cell; `execution` is the contract's cellExecution as JSON.
CREATE TABLE cell_execution (
  run_id TEXT NOT NULL REFERENCES capture (run_id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  cell_id TEXT NOT NULL,
  execution TEXT NOT NULL,
  PRIMARY KEY (run_id, sequence)
) STRICT, WITHOUT ROWID;

-- The cell that executes now; survives a restart of the companion so that runs created meanwhile still find their cell.
CREATE TABLE executing_cell (
  run_id TEXT PRIMARY KEY REFERENCES capture (run_id) ON DELETE CASCADE,
  cell_id TEXT NOT NULL,
  cell_index INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;

-- Data files that the cells of a captured run name, as they were when last executed.
CREATE TABLE capture_data (
  run_id TEXT NOT NULL REFERENCES capture (run_id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, path)
) STRICT, WITHOUT ROWID;

-- Runs that MLflow clients created while a cell executed.
CREATE TABLE cell_run (
  logged_run_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES capture (run_id) ON DELETE CASCADE,
  cell_id TEXT NOT NULL,
  cell_index INTEGER NOT NULL
) STRICT;

CREATE INDEX cell_run_by_capture ON cell_run (run_id, cell_id);
