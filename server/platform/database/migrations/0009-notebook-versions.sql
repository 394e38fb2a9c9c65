-- What the executions of a captured run hold so far, in characters: sizes are bounded.
ALTER TABLE capture ADD COLUMN kept_characters INTEGER NOT NULL DEFAULT 0;

-- A notebook's cells as they were at some time: the contract's notebook cells as JSON, by the sha256 of that text.
CREATE TABLE notebook_version (
  digest TEXT PRIMARY KEY,
  cells TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The versions that a captured run went through.
CREATE TABLE capture_notebook (
  run_id TEXT NOT NULL REFERENCES capture (run_id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  digest TEXT NOT NULL REFERENCES notebook_version (digest),
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX capture_notebook_by_digest ON capture_notebook (digest);

-- The history of one cell across captured runs.
CREATE INDEX cell_execution_by_cell ON cell_execution (cell_id, run_id, sequence);
